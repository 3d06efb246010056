/** Lets callers through at a steady rate, in the order they came. */
export interface TokenBucket {
  take(): Promise<void>;
  /** Nobody passes before `untilMs`: FacePass asked for it. */
  pause(untilMs: number): void;
}

export interface TokenBucketOptions {
  readonly perSecond: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A bucket that holds one second's worth, so that a short run is not slowed down. */
export function createTokenBucket({ perSecond, now, sleep }: TokenBucketOptions): TokenBucket {
  const intervalMs = 1_000 / perSecond;
  const burst = Math.max(1, Math.floor(perSecond));
  /** When the next token would be due if nobody had ever paused: the virtual schedule of the bucket. */
  let dueMs = Number.NEGATIVE_INFINITY;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  return {
    async take() {
      const nowMs = now();
      dueMs = Math.max(dueMs, nowMs - burst * intervalMs, pausedUntilMs - intervalMs) + intervalMs;
      if (dueMs > nowMs) await sleep(dueMs - nowMs);
    },
    pause(untilMs) {
      pausedUntilMs = Math.max(pausedUntilMs, untilMs);
    },
  };
}
