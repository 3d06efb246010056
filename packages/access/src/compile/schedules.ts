import { dayNumber, MINUTES_PER_DAY, minuteOfDay } from '../civil-time.ts';
import type { Calendar, Release, Schedule, Window } from '../model.ts';
import type { CompiledSchedule, OpenSpan } from '../schedule.ts';
import { timeZoneOf } from '../time-zone.ts';
import { WEEKDAYS } from '../weekdays.ts';
import type { IssueList } from './issue-list.ts';

/** Reports windows that cannot be meant, unknown calendars, and dates overridden twice. */
export function checkSchedules(
  release: Release,
  calendars: ReadonlyMap<string, Calendar>,
  issues: IssueList,
): void {
  for (const [position, schedule] of release.schedules.entries()) {
    const path = ['schedules', position];
    for (const [at, window] of schedule.weekly.entries())
      checkWindow(window, [...path, 'weekly', at], issues);
    for (const [at, holiday] of schedule.holidays.entries()) {
      issues.expectKnown('calendar', holiday.calendar, calendars, [...path, 'holidays', at, 'calendar']);
      for (const [index, window] of holiday.windows.entries()) {
        checkWindow(window, [...path, 'holidays', at, 'windows', index], issues);
      }
    }
    checkOverrides(schedule, position, issues);
  }
}

function checkWindow(window: Window, path: (string | number)[], issues: IssueList): void {
  if (window.from === window.to) {
    issues.add(
      path,
      `a window from ${window.from} to ${window.to} is empty`,
      'the whole day is "00:00" to "24:00"',
    );
  }
}

/** Longest run of days one override may name: a longer one is a misspelt year. */
const MOST_OVERRIDE_DAYS = 1000;

function checkOverrides(schedule: Schedule, position: number, issues: IssueList): void {
  const runs: { readonly at: number; readonly first: number; readonly last: number }[] = [];
  for (const [at, override] of schedule.overrides.entries()) {
    const path = ['schedules', position, 'overrides', at];
    for (const [index, window] of override.windows.entries()) {
      checkWindow(window, [...path, 'windows', index], issues);
    }
    const first = dayNumber(override.date);
    const last = dayNumber(override.lastDate ?? override.date);
    if (last < first) {
      issues.add([...path, 'lastDate'], `lastDate ${override.lastDate} is before date ${override.date}`);
    } else if (last - first >= MOST_OVERRIDE_DAYS) {
      issues.add([...path, 'lastDate'], `an override spans at most ${MOST_OVERRIDE_DAYS} days`);
    } else runs.push({ at, first, last });
  }
  runs.sort((a, b) => a.first - b.first);
  const told = new Set<number>();
  let [longest] = runs;
  for (const run of runs.slice(1)) {
    if (longest === undefined) break;
    if (run.first <= longest.last) {
      const [earlier = 0, later = 0] = [run.at, longest.at].sort((a, b) => a - b);
      const path = ['schedules', position, 'overrides', later];
      const message = `overrides ${earlier} and ${later} both speak of the same date`;
      if (!told.has(later)) issues.add(path, message, 'keep one of them');
      told.add(later);
    }
    if (run.last > longest.last) longest = run;
  }
}

/** Day numbers on which each calendar has a holiday. */
export type HolidayIndex = ReadonlyMap<string, ReadonlySet<number>>;

export function indexHolidays(calendars: Iterable<Calendar>): HolidayIndex {
  const index = new Map<string, ReadonlySet<number>>();
  for (const { id, dates, except } of calendars) {
    const days = new Set(dates.map(({ date }) => dayNumber(date)));
    for (const date of except) days.delete(dayNumber(date));
    index.set(id, days);
  }
  return index;
}

/** A schedule bound to the time zone its rule has at one site. */
export function compileSchedule(
  schedule: Schedule,
  holidays: HolidayIndex,
  timeZone: string,
): CompiledSchedule {
  return {
    id: schedule.id,
    zone: timeZoneOf(timeZone),
    week: WEEKDAYS.map((day) => schedule.weekly.filter((window) => window.days.includes(day)).map(spanOf)),
    holidays: schedule.holidays.map(({ calendar, windows }) => ({
      days: holidays.get(calendar) ?? NO_DAYS,
      spans: windows.map(spanOf),
    })),
    overrides: schedule.overrides
      .map(({ date, lastDate, windows }) => ({
        firstDay: dayNumber(date),
        lastDay: dayNumber(lastDate ?? date),
        spans: windows.map(spanOf),
      }))
      .sort((a, b) => a.firstDay - b.firstDay),
    // A period that contains no instant, until the first question.
    last: { fromMs: 0, untilMs: 0, isOpen: false },
  };
}

const NO_DAYS: ReadonlySet<number> = new Set();

function spanOf(window: Window): OpenSpan {
  const from = minuteOfDay(window.from);
  const to = minuteOfDay(window.to);
  return { from, to: to > from ? to : to + MINUTES_PER_DAY };
}
