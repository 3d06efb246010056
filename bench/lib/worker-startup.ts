import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The parts of a CPU profile that tell how long what took. */
interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string } }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

const START_TIMEOUT_MS = 60_000;

/** Milliseconds a Worker works before its first request, by `wrangler check startup`: what a new isolate costs. */
export function startupMs(app: string): number {
  const directory = mkdtempSync(join(tmpdir(), 'facepass-startup-bench-'));
  try {
    const manifest = createRequire(join(app, 'package.json')).resolve('wrangler/package.json');
    const profile = join(directory, 'startup.cpuprofile');
    const wrangler = join(dirname(manifest), 'bin/wrangler.js');
    execFileSync(process.execPath, [wrangler, 'check', 'startup', '--outfile', profile], {
      cwd: app,
      stdio: ['ignore', 'ignore', 'inherit'],
      // It would wait for an answer to its telemetry, which does not come everywhere.
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
      timeout: START_TIMEOUT_MS,
    });
    // Written by V8's own profiler.
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(profile, 'utf8')) as CpuProfile;
    const idle = new Set(
      nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
    );
    const spent = samples.reduce(
      (sum, node, position) => (idle.has(node) ? sum : sum + (timeDeltas[position] ?? 0)),
      0,
    );
    return spent / 1_000;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
