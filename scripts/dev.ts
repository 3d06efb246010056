/**
 * The whole path on this machine, to play with: simulator and both Workers in workerd with a state that stays
 * in `.facepass/`, a seeded venue, and three things to try.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopAll } from './lib/child-group.ts';
import { claimFolder } from './lib/claim-folder.ts';
import { keptLocalSecrets, type LocalSecrets } from './lib/local-secrets.ts';
import { isFree } from './lib/ports.ts';
import { connectTo, introducePartner, seedOnce } from './lib/seed.ts';
import { stopOnSignals } from './lib/shutdown.ts';
import { root, type Stack, startStack } from './lib/stack.ts';
import { doors, people } from './lib/venue.ts';

const DEFAULT_PORT = 8787;
const DEFAULT_SIMULATOR_PORT = 8790;

const usage = `Usage: pnpm dev [--port N] [--simulator-port N] [--json] [--quiet]

Starts the FacePass simulator and both Workers in workerd on 127.0.0.1, seeds a venue and prints what to try.
State and generated secrets stay in .facepass/; delete the folder to start over.

  --port N            port of the partner API (default ${DEFAULT_PORT})
  --simulator-port N  port of the simulator (default ${DEFAULT_SIMULATOR_PORT})
  --json              print the addresses and tokens as one JSON object when ready
  --quiet             do not print what the Workers log
  --help              this text

Ctrl-C stops everything. Exit code 2 for a wrong option, 3 when a port or the state is taken, 1 for anything else.`;

const options = readOptions();
const say = (line: string): void => {
  if (!options.json) console.log(line);
};
for (const [name, port] of [
  ['--port', options.port],
  ['--simulator-port', options.simulatorPort],
] as const) {
  if (await isFree(port)) continue;
  console.error(
    `Port ${port} of 127.0.0.1 is taken by another program. Stop that program, or choose another with ${name}.`,
  );
  process.exit(3);
}
const stateFolder = join(root, '.facepass');
const claim = claimFolder(stateFolder);
if (!claim.claimed) {
  console.error(
    `Another dev (process ${claim.holder}) uses .facepass/. Stop it first: two runtimes on one state would spoil it.`,
  );
  process.exit(3);
}
const shutdown = stopOnSignals({ exitCode: 0, beforeExit: claim.release });

try {
  const secrets = await keptLocalSecrets(join(stateFolder, 'secrets.json'));
  const stack = await startStack({
    stateDir: join(stateFolder, 'state'),
    configDir: join(stateFolder, 'workers'),
    secrets,
    edgePort: options.port,
    simulatorPort: options.simulatorPort,
    safetyLagSeconds: 5,
    onProgress: (line) => console.error(`… ${line}`),
    onLog: (worker, line) => {
      if (!options.quiet && line.trim() !== '') console.error(`[${worker}] ${line}`);
    },
  });
  const handles = connectTo(stack, secrets);
  await introducePartner(handles, stack, secrets);
  const kept = await seedOnce(handles);
  if (kept) say('\nMembers, rules and history are as you left them; delete .facepass/ to start over.');
  announce(stack, secrets);
  await stack.broken;
} catch (error) {
  await shutdown.unlessStopping();
  console.error(error instanceof Error ? error.message : String(error));
  await stopAll();
  await claim.release();
  process.exit(1);
}

function announce({ edgeUrl, simulatorUrl }: Stack, secrets: LocalSecrets): void {
  if (options.json) {
    const { partnerToken, adminToken, clientId, clientSecret } = secrets;
    console.log(JSON.stringify({ edgeUrl, simulatorUrl, partnerToken, adminToken, clientId, clientSecret }));
    return;
  }
  const question = JSON.stringify({ merchantUserKey: people.hong.merchantUserKey, params: doors.floor10 });
  say(`
facepass-kit is running

  partner API  ${edgeUrl}
  simulator    ${simulatorUrl}   (control under /_sim)

Try:

1. The question FacePass asks at a door. ${people.hong.name} may enter the 10th floor:

   curl -s ${edgeUrl}/v1/access/permissions \\
     -H 'authorization: Bearer ${secrets.partnerToken}' -H 'content-type: application/json' \\
     -d '${question}'

   Ask for member ${people.kim.merchantUserKey} and see why not.

2. Lock the building down, ask again, and lift it with "mode":"normal":

   curl -s -X PUT ${edgeUrl}/admin/v1/sites/hq/mode \\
     -H 'authorization: Bearer ${secrets.adminToken}' -H 'content-type: application/json' \\
     -d '{"mode":"lockdown","reason":"Fire drill"}'

3. Read the decisions back from the mirror's database, ten seconds later at most:

   curl -s '${edgeUrl}/admin/v1/mirror/decisions?limit=5' -H 'authorization: Bearer ${secrets.adminToken}'

Ctrl-C stops everything.`);
}

function readOptions(): { port: number; simulatorPort: number; json: boolean; quiet: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: String(DEFAULT_PORT) },
        'simulator-port': { type: 'string', default: String(DEFAULT_SIMULATOR_PORT) },
        json: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const port = readPort('--port', values.port);
    const simulatorPort = readPort('--simulator-port', values['simulator-port']);
    if (port === simulatorPort) throw new Error('--port and --simulator-port must differ');
    return { port, simulatorPort, json: values.json, quiet: values.quiet };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

function readPort(option: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new Error(`${option} takes a port from 1 to 65535, not "${text}"`);
}
