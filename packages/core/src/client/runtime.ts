/** The world outside, as parameters: tests own the clock, the dice and the network. */
export interface Runtime {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number;
  /** Waits `ms`, or until `signal` fires; never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Calls `onElapsed` after `ms` unless the returned function is called before. Guards work that runs meanwhile. */
  readonly startTimer: (ms: number, onElapsed: () => void) => () => void;
  /** Uniform in [0, 1): for jitter only. */
  readonly random: () => number;
}

/** Platforms take a longer timer for one that is over at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const timer = (ms: number, onElapsed: () => void) => setTimeout(onElapsed, Math.min(ms, LONGEST_TIMER_MS));

export const platformRuntime: Runtime = {
  fetch: (request) => globalThis.fetch(request),
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const finish = () => {
        clearTimeout(waiting);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const waiting = timer(ms, finish);
      signal?.addEventListener('abort', finish);
    }),
  startTimer: (ms, onElapsed) => {
    const guard = timer(ms, onElapsed);
    return () => clearTimeout(guard);
  },
  random: () => Math.random(),
};

/** Whether this is workerd, where a promise belongs to the request that made it. */
export function runsOnWorkers(): boolean {
  // Read through Reflect: not every runtime's types have a navigator.
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  if (typeof navigator !== 'object' || navigator === null) return false;
  return Reflect.get(navigator, 'userAgent') === 'Cloudflare-Workers';
}
