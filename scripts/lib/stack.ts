/**
 * The whole path on this machine: the vendor's simulator and our two Workers, each in workerd.
 * `dev` and `demo` start the same stack; they differ in where its state lives and on which ports.
 */
import { join, resolve } from 'node:path';
import { type ChildGroup, startChild } from './child-group.ts';
import { type LocalSecrets, type WorkerApp, workerVars } from './local-secrets.ts';
import { freePorts } from './ports.ts';
import { localConfig } from './worker-config.ts';

export const root = resolve(import.meta.dirname, '../..');

export interface StackOptions {
  /** Where workerd keeps KV, D1, queues and Durable Objects. */
  readonly stateDir: string;
  /** Where the Workers' configuration and their `.dev.vars` are written. */
  readonly configDir: string;
  readonly secrets: LocalSecrets;
  readonly edgePort: number;
  readonly simulatorPort: number;
  readonly safetyLagSeconds: number;
  /** Progress, one line a step. */
  readonly onProgress: (line: string) => void;
  /** What the Workers print. */
  readonly onLog: (worker: 'simulator' | 'workers', line: string) => void;
}

export interface Stack {
  readonly edgeUrl: string;
  readonly simulatorUrl: string;
  /** Rejects when a process of the stack ends by itself. */
  readonly broken: Promise<never>;
}

const SIMULATOR_CONFIG = join(root, 'packages/simulator/wrangler.jsonc');
/** A cold start builds three Workers on what may be two busy cores. */
const READY_TIMEOUT_MS = 300_000;
const POLL_MS = 150;

export async function startStack(options: StackOptions): Promise<Stack> {
  const simulatorUrl = `http://127.0.0.1:${options.simulatorPort}`;
  const edgeUrl = `http://127.0.0.1:${options.edgePort}`;
  const workersState = join(options.stateDir, 'workers');
  const configOf = (app: WorkerApp): string => {
    const { configDir: folder, secrets, safetyLagSeconds } = options;
    return localConfig(app, {
      root,
      folder,
      vars: workerVars(app, secrets, { simulatorUrl, safetyLagSeconds }),
    });
  };
  const configs = [configOf('edge-partner-api'), configOf('sync-cron')];
  const wrangler = wranglerFor(options.stateDir);

  options.onProgress('applying database migrations');
  // One after the other: two local runtimes on the same folder lock each other out.
  for (const config of configs) {
    const migration = wrangler([
      'd1',
      'migrations',
      'apply',
      'DB',
      '--local',
      '-c',
      config,
      '--persist-to',
      workersState,
    ]);
    if ((await migration.ended) !== 0) throw new Error(`migrations of ${config} failed\n${migration.tail()}`);
  }

  options.onProgress('starting the FacePass simulator and the two Workers');
  const [simulatorInspector, workersInspector] = await freePorts(2);
  const simulator = wrangler(
    [
      ...dev(options.simulatorPort, simulatorInspector),
      ...['--persist-to', join(options.stateDir, 'simulator'), '-c', SIMULATOR_CONFIG],
    ],
    (line) => options.onLog('simulator', line),
  );
  const workers = wrangler(
    [
      ...dev(options.edgePort, workersInspector),
      ...['--persist-to', workersState, ...configs.flatMap((config) => ['-c', config])],
    ],
    (line) => options.onLog('workers', line),
  );

  const broken = Promise.race([
    simulator.ended.then(() => fail('the simulator', simulator)),
    workers.ended.then(() => fail('the Workers', workers)),
  ]);
  await Promise.race([
    Promise.all([ready(`${simulatorUrl}/_sim`), ready(`${edgeUrl}/healthz`)]),
    broken,
    timeout(simulator, workers),
  ]);
  return { edgeUrl, simulatorUrl, broken };
}

function dev(port: number, inspectorPort: number | undefined): string[] {
  const ports = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', String(inspectorPort ?? 0)];
  return ['dev', ...ports, '--show-interactive-dev-session=false'];
}

type Wrangler = (args: readonly string[], onLine?: (line: string) => void) => ChildGroup;

function wranglerFor(stateDir: string): Wrangler {
  const env = {
    WRANGLER_SEND_METRICS: 'false',
    CI: 'true',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
    // Local Workers find each other by name in a registry of the machine; two stacks must not find each other.
    WRANGLER_REGISTRY_PATH: join(stateDir, 'registry'),
  };
  return (args, onLine) =>
    startChild(process.execPath, [join(root, 'node_modules/wrangler/bin/wrangler.js'), ...args], {
      cwd: root,
      env,
      ...(onLine === undefined ? {} : { onLine }),
    });
}

async function ready(url: string): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

function fail(what: string, child: ChildGroup): never {
  throw new Error(`${what} stopped unexpectedly\n${child.tail()}`);
}

function timeout(...children: ChildGroup[]): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(
      () =>
        reject(
          new Error(
            `not ready after ${READY_TIMEOUT_MS / 1_000} s\n${children.map((c) => c.tail()).join('\n')}`,
          ),
        ),
      READY_TIMEOUT_MS,
    ).unref();
  });
}
