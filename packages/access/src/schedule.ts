import { DAY_MS, MINUTE_MS, MINUTES_PER_DAY, weekdayOfDay } from './civil-time.ts';
import { localMsAt, type TimeZone } from './time-zone.ts';

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
  /** Spans of the dates that are not like their weekday, by day number: holidays and, over them, overrides. */
  readonly exceptions: ReadonlyMap<number, readonly OpenSpan[]>;
  /**
   * The last answer. Dozens of rules share a schedule and are asked about the same instant; nobody can tell that
   * it is not worked out each time, except by the clock.
   */
  readonly last: { atMs: number; isOpen: boolean };
}

/**
 * Whether a schedule is open: the wall clock of its time zone shows a time within a window, `from` included and
 * `to` not. A window belongs to the date on which it begins, so that one across midnight is there whole or not
 * at all. Where clocks are set forward the skipped minutes do not exist; where they are set back, the repeated
 * ones count both times.
 */
export function isOpenAt(schedule: CompiledSchedule, instantMs: number): boolean {
  const { last } = schedule;
  if (last.atMs !== instantMs) {
    last.isOpen = worksOutOpen(schedule, instantMs);
    last.atMs = instantMs;
  }
  return last.isOpen;
}

function worksOutOpen(schedule: CompiledSchedule, instantMs: number): boolean {
  const localMs = localMsAt(schedule.zone, instantMs);
  const day = Math.floor(localMs / DAY_MS);
  const minute = Math.floor((localMs - day * DAY_MS) / MINUTE_MS);
  return (
    isWithin(spansOfDay(schedule, day), minute) ||
    isWithin(spansOfDay(schedule, day - 1), minute + MINUTES_PER_DAY)
  );
}

/** The spans that begin on a date. */
export function spansOfDay(schedule: CompiledSchedule, day: number): readonly OpenSpan[] {
  return schedule.exceptions.get(day) ?? schedule.week[weekdayOfDay(day)] ?? [];
}

function isWithin(spans: readonly OpenSpan[], minute: number): boolean {
  for (const span of spans) if (minute >= span.from && minute < span.to) return true;
  return false;
}
