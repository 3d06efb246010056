/**
 * The whole path without hands: the stack starts on free ports with an empty state, the story is told and every
 * step of it held against what must be true. Ends `demo: N passed, N failed` and exits non-zero on a failure.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopAll } from './lib/child-group.ts';
import { generateLocalSecrets } from './lib/local-secrets.ts';
import { freePorts } from './lib/ports.ts';
import { connectTo } from './lib/seed.ts';
import { stopOnSignals } from './lib/shutdown.ts';
import { startStack } from './lib/stack.ts';
import { createStory } from './lib/story.ts';
import { tellVenueStory } from './story/index.ts';

const usage = `Usage: pnpm demo [--json] [--verbose]

Starts the FacePass simulator and both Workers in workerd on free ports, with an empty state in a temporary
folder, then plays the whole path: a device is connected, people register, walk up to gates, are let in or
turned away, and appear in the mirrored history. Every step is checked.

  --json      print one JSON object at the end instead of the story
  --verbose   also print what the Workers log
  --help      this text

Exit code 0 when every step held, 1 when one did not, 2 for a wrong option.`;

const options = readOptions();
const startedAt = Date.now();
const workDir = mkdtempSync(join(tmpdir(), 'facepass-demo-'));
const cleanUp = async (): Promise<void> => rmSync(workDir, { recursive: true, force: true });
const shutdown = stopOnSignals({ beforeExit: cleanUp });

const print = (line: string): void => {
  if (!options.json) console.log(line);
};
const story = createStory(print);
const progress = (line: string): void => console.error(`… ${line}`);

let failure: string | undefined;
try {
  const secrets = await generateLocalSecrets();
  const [edgePort, simulatorPort] = await freePorts(2);
  if (edgePort === undefined || simulatorPort === undefined) throw new Error('no free port on 127.0.0.1');
  const stack = await startStack({
    stateDir: join(workDir, 'state'),
    configDir: join(workDir, 'workers'),
    secrets,
    edgePort,
    simulatorPort,
    safetyLagSeconds: 0,
    onProgress: progress,
    onLog: (worker, line) => {
      if (options.verbose) console.error(`[${worker}] ${line}`);
    },
  });
  progress(`ready after ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`);
  await Promise.race([
    tellVenueStory(story, { stack, secrets, handles: connectTo(stack, secrets) }),
    stack.broken,
  ]);
} catch (error) {
  await shutdown.unlessStopping();
  failure = error instanceof Error ? error.message : String(error);
}
await stopAll();
await cleanUp();

const failed = story.failed + (failure === undefined ? 0 : 1);
if (options.json) {
  const durationMs = Date.now() - startedAt;
  console.log(
    JSON.stringify({
      passed: story.passed,
      failed,
      durationMs,
      ...(failure && { failure }),
      chapters: story.chapters,
    }),
  );
} else {
  if (failure !== undefined) print(`\nThe story stopped: ${failure}`);
  print(`\ndemo: ${story.passed} passed, ${failed} failed`);
}
process.exit(failed === 0 ? 0 : 1);

function readOptions(): { json: boolean; verbose: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}
