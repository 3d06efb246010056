import { stopAll } from './child-group.ts';
import { isAlive, isOrphan, packageRunners } from './package-runner.ts';

const POLL_MS = 250;
/** The conventional exit codes of a program ended by a signal: 128 + its number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface Shutdown {
  /** Never resolves once we are stopping, so that no error of a dying child is told as the program's own. */
  unlessStopping(): Promise<void>;
}

/**
 * Ends this program and everything it started on SIGINT, SIGTERM and SIGHUP, and also when npx or pnpm, which
 * started it, are gone: killed, they do not pass the signal on.
 */
export function stopOnSignals(
  options: { beforeExit?: () => Promise<void>; exitCode?: number } = {},
): Shutdown {
  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await stopAll();
    await options.beforeExit?.();
    process.exit(options.exitCode ?? code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop(EXIT_CODES[signal]));
  }
  const runners = packageRunners();
  if (isOrphan(runners)) {
    console.error('The npx that started this is gone: stopping.');
    void stop(EXIT_CODES.SIGTERM);
  }
  setInterval(() => {
    if (!runners.every(isAlive)) void stop(EXIT_CODES.SIGTERM);
  }, POLL_MS).unref();
  // A closed pipe (`demo | head`) must not leave the children behind.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => void stop(EXIT_CODES.SIGHUP));
  }
  return {
    async unlessStopping() {
      // A Ctrl-C reaches a child of ours and us in any order: give our own handler its turn.
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (stopping) await new Promise(() => undefined);
    },
  };
}
