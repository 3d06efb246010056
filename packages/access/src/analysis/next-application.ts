import { DAY_MS } from '../civil-time.ts';
import type { CompiledRule } from '../compile/compiled.ts';
import { nextOpeningMs } from '../explain/schedule-changes.ts';
import { type CompiledSchedule, spansOfDay } from '../schedule.ts';
import { instantOfLocal, localMsAt } from '../time-zone.ts';

/** The first instant from another on at which a rule applies to whom it is about, however far ahead; null for never. */
export function nextApplicationMs(
  { schedule, fromMs, untilMs }: CompiledRule,
  instantMs: number,
): number | null {
  const sinceMs = Math.max(fromMs, instantMs);
  if (sinceMs >= untilMs) return null;
  const opensMs = schedule === null ? sinceMs : openingFrom(schedule, sinceMs);
  return opensMs !== null && opensMs < untilMs ? opensMs : null;
}

/** After the last date that is like no weekday, a schedule that opens at all opens in each week that no clock skips. */
const WEEKS_LIKE_ALL = 3;
/** A window ends on the day after the one on which it begins, at the latest. */
const WINDOW_DAYS = 2;

function openingFrom(schedule: CompiledSchedule, fromMs: number): number | null {
  const { zone } = schedule;
  const firstDay = Math.floor(localMsAt(zone, fromMs) / DAY_MS) - 1;
  const lastDay = Math.max(firstDay, lastDatedDay(schedule)) + WEEKS_LIKE_ALL * 7;
  for (let day = firstDay; day <= lastDay; day += 1) {
    if (spansOfDay(schedule, day).length === 0) continue;
    const beginsMs = Math.max(fromMs, instantOfLocal(zone, day * DAY_MS));
    const opensMs = nextOpeningMs(schedule, beginsMs, WINDOW_DAYS);
    if (opensMs !== null) return opensMs;
  }
  return null;
}

function lastDatedDay({ overrides, holidays }: CompiledSchedule): number {
  let last = overrides.at(-1)?.lastDay ?? 0;
  for (const { days } of holidays) for (const day of days) last = Math.max(last, day);
  return last;
}
