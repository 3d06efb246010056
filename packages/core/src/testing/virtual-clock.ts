/**
 * A clock for tests: it stands still while anything works and jumps when everything waits. Nobody sleeps, and every
 * wait can be read off. Give its `now`, `sleep` and `startTimer` to a client, and `work` or `hang` to what answers it.
 *
 * @example
 * const clock = createVirtualClock(Date.UTC(2026, 0, 5));
 * const client = createFacePassClient({ ...options, ...clock, fetch: async () => clock.hang() });
 */
export interface VirtualClock {
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number;
  /** The client's own waits: its caller does nothing meanwhile. Never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Guards work that goes on meanwhile. */
  readonly startTimer: (ms: number, onElapsed: () => void) => () => void;
  /** What a server does that takes its time; rejects with the signal's reason when that fires. */
  readonly work: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** What a server does that never answers; rejects with the signal's reason when that fires. */
  readonly hang: (signal?: AbortSignal) => Promise<never>;
  readonly advance: (ms: number) => void;
  /** Every `sleep` asked for, in milliseconds. */
  readonly waits: readonly number[];
}

interface Event {
  readonly atMs: number;
  readonly fire: () => void;
}

/** Lets everything that can go on go on first. Node and Bun have a quicker way than a timer of zero. */
const soon: (callback: () => void) => void =
  Reflect.get(globalThis, 'setImmediate') ?? ((callback) => setTimeout(callback, 0));

export function createVirtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  let sleepers = 0;
  const events = new Set<Event>();
  const waits: number[] = [];

  function schedule(ms: number, fire: () => void): () => void {
    const event: Event = { atMs: nowMs + ms, fire };
    events.add(event);
    return () => void events.delete(event);
  }

  function jump(): void {
    if (sleepers === 0) return;
    const next = [...events].sort((a, b) => a.atMs - b.atMs)[0];
    if (next === undefined) return;
    events.delete(next);
    nowMs = Math.max(nowMs, next.atMs);
    next.fire();
    soon(jump);
  }

  function asleep<T>(start: (wake: (value: T) => void) => () => void, signal?: AbortSignal): Promise<T> {
    sleepers++;
    soon(jump);
    return new Promise<T>((resolve, reject) => {
      const finish = (settle: () => void) => {
        sleepers--;
        cancel();
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const cancel = start((value) => finish(() => resolve(value)));
      const onAbort = () => finish(() => reject(signal?.reason));
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort);
    });
  }

  const sleepFor = (ms: number, signal?: AbortSignal) =>
    asleep<void>((wake) => schedule(ms, () => wake()), signal);

  return {
    now: () => nowMs,
    waits,
    sleep(ms, signal) {
      waits.push(ms);
      return sleepFor(ms, signal).catch(() => undefined);
    },
    work: sleepFor,
    startTimer: schedule,
    hang: (signal) => asleep<never>(() => () => undefined, signal),
    advance(ms) {
      nowMs += ms;
    },
  };
}
