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

/** How often the last stretch of history is read again for what FacePass recorded late, and how far back. */
interface RewalkTier {
  readonly name: string;
  readonly everyMs: number;
  readonly backMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * The later a record, the rarer: reading again costs requests but, where nothing changed, no writes. What comes
 * later than the last tier reaches is found by nothing but a rebuild.
 */
const rewalkTiers: readonly RewalkTier[] = [
  { name: 'minutes', everyMs: 4 * MINUTE_MS, backMs: 15 * MINUTE_MS },
  { name: 'hours', everyMs: HOUR_MS, backMs: 6 * HOUR_MS },
  { name: 'days', everyMs: DAY_MS, backMs: 3 * DAY_MS },
  { name: 'weeks', everyMs: 7 * DAY_MS, backMs: 14 * DAY_MS },
];

/** When each tier was last planned, UTC milliseconds. */
export type RewalkTimes = Readonly<Record<string, number>>;

/** All tiers as just planned: what is read for the first time need not be read again at once. */
export function freshRewalks(nowMs: number): RewalkTimes {
  return Object.fromEntries(rewalkTiers.map(({ name }) => [name, nowMs]));
}

/**
 * The stretches to read again now, the longest due tier standing for all shorter ones.
 *
 * @param planned the stretch that slices exist for; nothing outside it is read.
 */
export function dueRewalks(
  times: RewalkTimes,
  planned: { readonly fromMs: number; readonly untilMs: number },
  nowMs: number,
): { readonly ranges: PlannedRange[]; readonly times: RewalkTimes; readonly isDaily: boolean } {
  const due = rewalkTiers.filter(({ name, everyMs }) => {
    const { [name]: plannedAt = 0 } = times;
    // Of a time that is still to come nothing is known but that a clock was ahead.
    return nowMs - plannedAt >= everyMs || plannedAt > nowMs + everyMs;
  });
  const longest = due.at(-1);
  if (longest === undefined) return { ranges: [], times, isDaily: false };
  const covered = rewalkTiers.filter(({ backMs }) => backMs <= longest.backMs);
  return {
    ranges: cut(Math.max(planned.fromMs, planned.untilMs - longest.backMs), planned.untilMs),
    times: { ...times, ...Object.fromEntries(covered.map(({ name }) => [name, nowMs])) },
    isDaily: longest.everyMs >= DAY_MS,
  };
}
