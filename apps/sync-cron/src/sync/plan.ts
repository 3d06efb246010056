import type { PlannedRange } from '../store/stream-store.ts';

/** FacePass's times have whole seconds: the finest range that can be asked for. */
export const TICK_MS = 1_000;

/** Half a day is read in one go on most days, and stays below any plausible limit on the range of a query. */
const MAX_SLICE_MS = 43_200_000;

/** The frozen end of what is read now: whole seconds, `lagMs` in the past. */
export function ceilingOf(nowMs: number, lagMs: number): number {
  return floorToTick(nowMs - lagMs);
}

export function floorToTick(ms: number): number {
  return Math.floor(ms / TICK_MS) * TICK_MS;
}

/** Cuts a stretch of time into slices of at most half a day, oldest first; an empty stretch into none. */
export function cut(fromMs: number, toMs: number, maxMs = MAX_SLICE_MS): PlannedRange[] {
  const ranges: PlannedRange[] = [];
  for (let start = fromMs; start < toMs; start += maxMs) {
    ranges.push({ fromMs: start, toMs: Math.min(start + maxMs, toMs) });
  }
  return ranges;
}

/** The inner boundaries that divide a range into at most `parts` of whole ticks; none when it cannot be divided. */
export function boundaries(fromMs: number, toMs: number, parts: number): number[] {
  const ticks = Math.floor((toMs - fromMs) / TICK_MS);
  const count = Math.min(parts, ticks);
  const inner = new Set<number>();
  for (let index = 1; index < count; index++) {
    inner.add(fromMs + Math.floor((ticks * index) / count) * TICK_MS);
  }
  return [...inner];
}
