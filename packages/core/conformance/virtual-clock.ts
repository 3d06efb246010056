/**
 * A clock that stands still while anything works and jumps when everything waits: nobody sleeps in a test, and
 * every wait can be read off. A `sleep` says that its caller does nothing meanwhile; a timer guards work.
 */
export interface VirtualClock {
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly startTimer: (ms: number, onElapsed: () => void) => () => void;
  /** Never ends by itself: what a server does that does not answer. */
  readonly hang: (signal: AbortSignal) => Promise<never>;
  /** What a server does that takes its time; not counted among the waits. */
  readonly work: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly advance: (ms: number) => void;
  /** Every `sleep` asked for, in milliseconds. */
  readonly waits: readonly number[];
}

interface Event {
  readonly atMs: number;
  readonly fire: () => void;
}

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
    setTimeout(jump, 0);
  }

  function asleep<T>(start: (wake: (value: T) => void) => () => void, signal?: AbortSignal): Promise<T> {
    sleepers++;
    setTimeout(jump, 0);
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
