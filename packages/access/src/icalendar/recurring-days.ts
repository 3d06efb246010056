import type ICAL from 'ical.js';
import { civilDate, DAY_MS, weekdayOfDay } from '../civil-time.ts';

/**
 * The days on which an all-day event recurs (RFC 5545, RRULE), from its first day until just before another. Goes
 * from day to day and so comes to an end whatever the rule is, also one that never comes round.
 *
 * @param look called for every day looked at; may throw when there are too many
 */
export function* recurringDays(
  rule: ICAL.Recur,
  firstDay: number,
  untilDay: number,
  look: () => void,
): Generator<number> {
  const first = partsOf(firstDay, rule);
  const end = Math.min(untilDay, lastDayOf(rule) + 1);
  let left = rule.count ?? Number.POSITIVE_INFINITY;
  let period: number[] = [];
  let current = first.period;
  const flush = function* (): Generator<number> {
    for (const day of atPositions(period, rule.parts.BYSETPOS)) {
      // Positions count from the beginning of the period, the event from its first day.
      if (day < firstDay || left <= 0) continue;
      left -= 1;
      yield day;
    }
    period = [];
  };
  for (let day = startOfPeriod(first, rule); day < end && left > 0; day += 1) {
    look();
    const parts = partsOf(day, rule);
    if (parts.period !== current) {
      yield* flush();
      current = parts.period;
    }
    if ((parts.period - first.period) % rule.interval === 0 && fits(parts, first, rule)) period.push(day);
  }
  yield* flush();
}

/** Parts of a rule that whole days are found by. */
const FOLLOWED: ReadonlyMap<string, readonly string[]> = new Map([
  ['DAILY', ['BYMONTH', 'BYMONTHDAY', 'BYDAY']],
  ['WEEKLY', ['BYMONTH', 'BYDAY', 'BYSETPOS']],
  ['MONTHLY', ['BYMONTH', 'BYMONTHDAY', 'BYDAY', 'BYSETPOS']],
  ['YEARLY', ['BYMONTH', 'BYMONTHDAY', 'BYDAY', 'BYSETPOS']],
]);

/** Why a rule is not followed; null where it is. */
export function whyNotFollowed({ freq, interval, count, parts }: ICAL.Recur): string | null {
  const followed = FOLLOWED.get(freq);
  if (followed === undefined) return `recurs ${freq}, which is not in whole days`;
  const other = Object.keys(parts).find((name) => !followed.includes(name));
  if (other !== undefined) return `recurs ${freq} by ${other}, which is not followed: list its dates instead`;
  if (!isCount(interval) || (count !== null && !isCount(count))) return 'recurs in steps that are no number';
  return null;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

/** A day with what rules ask of it. */
interface DayParts {
  readonly day: number;
  readonly year: number;
  readonly month: number;
  readonly date: number;
  readonly weekday: number;
  /** Number of the day, week, month or year it lies in. */
  readonly period: number;
}

function partsOf(day: number, rule: ICAL.Recur): DayParts {
  const { year, month, date } = civilDate(day);
  const weekday = weekdayOfDay(day);
  const period =
    rule.freq === 'YEARLY'
      ? year
      : rule.freq === 'MONTHLY'
        ? year * 12 + month
        : rule.freq === 'WEEKLY'
          ? (day - daysIntoWeek(weekday, rule)) / 7
          : day;
  return { day, year, month, date, weekday, period };
}

/** Positions are counted from the first day of a period, wherever in it the event begins. */
function startOfPeriod({ day, year, month, weekday }: DayParts, rule: ICAL.Recur): number {
  if (rule.freq === 'YEARLY') return firstOf(year, 1);
  if (rule.freq === 'MONTHLY') return firstOf(year, month);
  return rule.freq === 'WEEKLY' ? day - daysIntoWeek(weekday, rule) : day;
}

function daysIntoWeek(weekday: number, { wkst }: ICAL.Recur): number {
  // ical.js counts weekdays from Sunday, as 1.
  return (weekday - ((wkst + 5) % 7) + 7) % 7;
}

function fits(parts: DayParts, first: DayParts, { freq, parts: by }: ICAL.Recur): boolean {
  const { BYMONTH: months, BYMONTHDAY: dates, BYDAY: weekdays } = by;
  if (months !== undefined && !months.map(Number).includes(parts.month)) return false;
  if (
    dates !== undefined &&
    !dates.map(Number).some((date) => date === parts.date || date === fromEnd(parts))
  ) {
    return false;
  }
  if (weekdays !== undefined) return weekdays.some((text) => isWeekday(String(text), parts, freq, months));
  if (dates !== undefined || freq === 'DAILY') return true;
  // What the rule does not say is as on the first day.
  if (freq === 'WEEKLY') return parts.weekday === first.weekday;
  return (
    parts.date === first.date && (freq === 'MONTHLY' || months !== undefined || parts.month === first.month)
  );
}

/** -1 for the last day of a month. */
function fromEnd({ day, year, month }: DayParts): number {
  return day - firstOf(year, month + 1);
}

const WEEKDAY_CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** `FR` for any Friday, `2FR` for the second of the month or year, `-1FR` for the last. */
function isWeekday(
  text: string,
  parts: DayParts,
  freq: string,
  months: readonly number[] | undefined,
): boolean {
  if (WEEKDAY_CODES[parts.weekday] !== text.slice(-2)) return false;
  const ordinal = Number(text.slice(0, -2));
  if (ordinal === 0) return true;
  const inYear = freq === 'YEARLY' && months === undefined;
  const [start, end] = inYear
    ? [firstOf(parts.year, 1), firstOf(parts.year + 1, 1)]
    : [firstOf(parts.year, parts.month), firstOf(parts.year, parts.month + 1)];
  return ordinal > 0
    ? Math.floor((parts.day - start) / 7) + 1 === ordinal
    : -(Math.floor((end - 1 - parts.day) / 7) + 1) === ordinal;
}

function atPositions(days: readonly number[], positions: readonly number[] | undefined): readonly number[] {
  if (positions === undefined) return days;
  const chosen = positions.map((position) => days.at(position > 0 ? position - 1 : position));
  return days.filter((day) => chosen.includes(day));
}

function firstOf(year: number, month: number): number {
  return Date.UTC(year, month - 1, 1) / DAY_MS;
}

function lastDayOf({ until }: ICAL.Recur): number {
  return until === null
    ? Number.POSITIVE_INFINITY
    : Date.UTC(until.year, until.month - 1, until.day) / DAY_MS;
}
