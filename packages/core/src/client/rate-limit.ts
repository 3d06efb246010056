/**
 * Keeps a client under `maxRequestsPerSecond` in every stretch of one second, bursts included: request n may start
 * only one window after request n − size. Reserves a place in time instead of queueing promises, so that no call
 * waits for another's.
 */
export interface RateLimit {
  /** When the next request may start. */
  earliest(nowMs: number): number;
  /** Takes the place at `startMs`, which `earliest` named just before. */
  take(startMs: number): void;
}

export const unlimited: RateLimit = { earliest: (nowMs) => nowMs, take: () => undefined };

export function createRateLimit(maxRequestsPerSecond: number): RateLimit {
  // Below one a second the window grows instead: 0.2 is one request every five seconds.
  const size = Math.max(1, Math.floor(maxRequestsPerSecond));
  // And above it a fraction is left out: 2.5 at a window of 800 ms would let four into one second.
  const windowMs = Math.max(1000, (size / maxRequestsPerSecond) * 1000);
  const starts: number[] = [];
  let next = 0;
  return {
    earliest(nowMs) {
      const oldest = starts[next];
      return oldest === undefined ? nowMs : Math.max(nowMs, oldest + windowMs);
    },
    take(startMs) {
      starts[next] = startMs;
      next = (next + 1) % size;
    },
  };
}
