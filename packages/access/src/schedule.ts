import { DAY_MS, MINUTE_MS, MINUTES_PER_DAY, weekdayOfDay } from './civil-time.ts';
import { offsetPeriodAt, type TimeZone } from './time-zone.ts';

/** Minutes of one day's windows: `from` within the day, `to` beyond 1440 where a window crosses midnight. */
export interface OpenSpan {
  readonly from: number;
  readonly to: number;
}

/** A schedule in one time zone, ready to be asked. */
export interface CompiledSchedule {
  readonly id: string;
  readonly zone: TimeZone;
  /** Spans by weekday, Monday first. */
  readonly week: readonly (readonly OpenSpan[])[];
  /** Dates that are like no weekday, each calendar's with its spans; what stands earlier counts. */
  readonly holidays: readonly Holidays[];
  /** Runs of dates that are like nothing else, the earliest first; no two overlap. */
  readonly overrides: readonly Override[];
  /** The period asked about last: the next question is nearly always about the same one. */
  readonly last: OpenPeriod;
}

export interface Holidays {
  /** Day numbers, shared by all schedules that use the calendar. */
  readonly days: ReadonlySet<number>;
  readonly spans: readonly OpenSpan[];
}

export interface Override {
  readonly firstDay: number;
  readonly lastDay: number;
  readonly spans: readonly OpenSpan[];
}

/** A time in which a schedule neither opens nor closes, from an instant until just before another. */
export interface OpenPeriod {
  fromMs: number;
  untilMs: number;
  isOpen: boolean;
}

/**
 * Whether a schedule is open: the wall clock of its time zone shows a time within a window, `from` included and
 * `to` not. A window belongs to the date on which it begins, so that one across midnight is there whole or not
 * at all. Where clocks are set forward the skipped minutes do not exist; where they are set back, the repeated
 * ones count both times.
 */
export function isOpenAt(schedule: CompiledSchedule, instantMs: number): boolean {
  return openPeriodAt(schedule, instantMs).isOpen;
}

/**
 * A period around an instant in which the answer is the same; not the longest one. It is kept in the schedule
 * and good until the next call: nobody can tell that it is not worked out each time, except by the clock.
 */
export function openPeriodAt(schedule: CompiledSchedule, instantMs: number): Readonly<OpenPeriod> {
  const { last } = schedule;
  if (!(instantMs >= last.fromMs && instantMs < last.untilMs)) workOutPeriod(schedule, instantMs, last);
  return last;
}

/** Looks at the two days whose windows can reach the instant: between two of their edges nothing changes. */
function workOutPeriod(schedule: CompiledSchedule, instantMs: number, period: OpenPeriod): void {
  const offset = offsetPeriodAt(schedule.zone, instantMs);
  const localMs = instantMs + offset.offsetMs;
  const day = Math.floor(localMs / DAY_MS);
  const minute = Math.floor((localMs - day * DAY_MS) / MINUTE_MS);
  let from = 0;
  let until = MINUTES_PER_DAY;
  let isOpen = false;
  for (let back = 0; back <= 1; back += 1) {
    const earlier = back * MINUTES_PER_DAY;
    for (const span of spansOfDay(schedule, day - back)) {
      const opens = span.from - earlier;
      const closes = span.to - earlier;
      if (opens > minute) until = Math.min(until, opens);
      else if (closes > minute) {
        isOpen = true;
        from = Math.max(from, opens);
        until = Math.min(until, closes);
      } else from = Math.max(from, closes);
    }
  }
  const midnightMs = day * DAY_MS - offset.offsetMs;
  period.fromMs = Math.max(offset.fromMs, midnightMs + from * MINUTE_MS);
  period.untilMs = Math.min(offset.untilMs, midnightMs + until * MINUTE_MS);
  period.isOpen = isOpen;
}

/** The spans that begin on a date: of its override, else of the first calendar that has it, else of its weekday. */
export function spansOfDay(schedule: CompiledSchedule, day: number): readonly OpenSpan[] {
  const override = overrideOf(schedule.overrides, day);
  if (override !== undefined) return override.spans;
  for (const { days, spans } of schedule.holidays) if (days.has(day)) return spans;
  return schedule.week[weekdayOfDay(day)] ?? [];
}

function overrideOf(overrides: readonly Override[], day: number): Override | undefined {
  let low = 0;
  let high = overrides.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((overrides[middle]?.lastDay ?? 0) < day) low = middle + 1;
    else high = middle;
  }
  const candidate = overrides[low];
  return candidate !== undefined && candidate.firstDay <= day ? candidate : undefined;
}
