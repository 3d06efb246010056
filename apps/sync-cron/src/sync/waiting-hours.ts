import type { PlannedRange, UndecidedHour } from '../store/stream-store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How many hours with undecided audits are looked at in a run, newest first. */
export const WAITING_HOURS_LOOKED_AT = 1_000;
/** How many of them one run reads again, so that a backlog of undecided audits costs a bounded number of requests. */
const WAITING_HOURS_PER_RUN = 12;

/** An audit is decided within the hour or takes days: the older it is, the rarer it is asked about. */
const patience: readonly { readonly youngerThanMs: number; readonly everyMs: number }[] = [
  { youngerThanMs: 6 * HOUR_MS, everyMs: 5 * 60_000 },
  { youngerThanMs: DAY_MS, everyMs: HOUR_MS },
  { youngerThanMs: 7 * DAY_MS, everyMs: 6 * HOUR_MS },
  { youngerThanMs: 30 * DAY_MS, everyMs: DAY_MS },
];

/** An audit undecided for longer than this is no longer asked about, but reported. */
export const WAITING_TOO_LONG_MS = 30 * DAY_MS;

/** The hours to read again now for audits that may have been decided, those waiting longest for it first. */
export function dueHours(hours: readonly UndecidedHour[], nowMs: number): number[] {
  return hours
    .filter(({ hourMs, walkedAt }) => {
      const step = patience.find(({ youngerThanMs }) => nowMs - hourMs < youngerThanMs);
      return step !== undefined && nowMs - (walkedAt ?? hourMs) >= step.everyMs;
    })
    .sort((a, b) => (a.walkedAt ?? 0) - (b.walkedAt ?? 0))
    .slice(0, WAITING_HOURS_PER_RUN)
    .map(({ hourMs }) => hourMs);
}

/** Hours as ranges, neighbours joined, none beyond `untilMs`. */
export function rangesOfHours(hours: readonly number[], untilMs: number): PlannedRange[] {
  const ranges: { fromMs: number; toMs: number }[] = [];
  for (const hourMs of [...hours].sort((a, b) => a - b)) {
    const toMs = Math.min(hourMs + HOUR_MS, untilMs);
    const last = ranges.at(-1);
    if (last !== undefined && last.toMs === hourMs) last.toMs = toMs;
    else if (hourMs < toMs) ranges.push({ fromMs: hourMs, toMs });
  }
  return ranges;
}
