import { DAY_MS, MINUTE_MS, MINUTES_PER_DAY } from '../civil-time.ts';
import { type CompiledSchedule, isOpenAt, spansOfDay } from '../schedule.ts';
import { localMsAt, nextOffsetChangeMs, offsetMsAt } from '../time-zone.ts';

/**
 * The first instant after another at which a schedule may open or close: an edge of a window, a midnight, or a
 * change of offset. Between two such instants nothing changes.
 */
export function nextScheduleEdgeMs(schedule: CompiledSchedule, afterMs: number): number {
  const { zone } = schedule;
  const today = Math.floor(localMsAt(zone, afterMs) / DAY_MS);
  let next = nextOffsetChangeMs(zone, afterMs) ?? Number.POSITIVE_INFINITY;
  const consider = (localMs: number): void => {
    // A local time exists once, twice (clocks set back) or never; each offset around it gives a candidate.
    for (const offset of new Set([offsetMsAt(zone, localMs - DAY_MS), offsetMsAt(zone, localMs + DAY_MS)])) {
      const instantMs = localMs - offset;
      if (instantMs > afterMs && instantMs < next && offsetMsAt(zone, instantMs) === offset) next = instantMs;
    }
  };
  for (let day = today - 1; day <= today + 1; day += 1) {
    for (const span of spansOfDay(schedule, day)) {
      consider(day * DAY_MS + span.from * MINUTE_MS);
      consider(day * DAY_MS + span.to * MINUTE_MS);
    }
    consider(day * DAY_MS + MINUTES_PER_DAY * MINUTE_MS);
  }
  return next;
}

/** A schedule with nothing open this long is called never open: longer than any holiday and any school break. */
const LOOK_AHEAD_DAYS = 400;

/** The first instant at or after another at which a schedule is open; null when there is none within so many days. */
export function nextOpeningMs(
  schedule: CompiledSchedule,
  fromMs: number,
  lookAheadDays = LOOK_AHEAD_DAYS,
): number | null {
  if (!Number.isFinite(fromMs)) return null;
  const lastMs = fromMs + lookAheadDays * DAY_MS;
  for (let atMs = fromMs; atMs <= lastMs; atMs = nextScheduleEdgeMs(schedule, atMs)) {
    if (isOpenAt(schedule, atMs)) return atMs;
  }
  return null;
}
