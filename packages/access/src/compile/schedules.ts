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

/** Longest run of days one override may name, so that a misspelt year cannot fill the memory. */
const MOST_OVERRIDE_DAYS = 1000;

function checkOverrides(schedule: Schedule, position: number, issues: IssueList): void {
  const taken = new Map<number, number>();
  for (const [at, override] of schedule.overrides.entries()) {
    const path = ['schedules', position, 'overrides', at];
    for (const [index, window] of override.windows.entries()) {
      checkWindow(window, [...path, 'windows', index], issues);
    }
    const first = dayNumber(override.date);
    const last = dayNumber(override.lastDate ?? override.date);
    if (last < first)
      issues.add([...path, 'lastDate'], `lastDate ${override.lastDate} is before date ${override.date}`);
    if (last - first >= MOST_OVERRIDE_DAYS) {
      issues.add([...path, 'lastDate'], `an override spans at most ${MOST_OVERRIDE_DAYS} days`);
      continue;
    }
    for (let day = first; day <= last; day += 1) {
      const earlier = taken.get(day);
      if (earlier !== undefined) {
        issues.add(path, `overrides ${earlier} and ${at} both speak of the same date`, 'keep one of them');
        break;
      }
      taken.set(day, at);
    }
  }
}

/** A schedule bound to the time zone its rule has at one site. */
export function compileSchedule(
  schedule: Schedule,
  calendars: ReadonlyMap<string, Calendar>,
  timeZone: string,
): CompiledSchedule {
  const week = WEEKDAYS.map((day) =>
    schedule.weekly.filter((window) => window.days.includes(day)).map(spanOf),
  );
  const exceptions = new Map<number, readonly OpenSpan[]>();
  // Written from weak to strong: what is set later replaces what was there.
  for (const holiday of [...schedule.holidays].reverse()) {
    const calendar = calendars.get(holiday.calendar);
    const spans = holiday.windows.map(spanOf);
    for (const day of holidaysOf(calendar)) exceptions.set(day, spans);
  }
  for (const override of schedule.overrides) {
    const spans = override.windows.map(spanOf);
    const last = dayNumber(override.lastDate ?? override.date);
    for (let day = dayNumber(override.date); day <= last; day += 1) exceptions.set(day, spans);
  }
  return {
    id: schedule.id,
    zone: timeZoneOf(timeZone),
    week,
    exceptions,
    last: { atMs: Number.NaN, isOpen: false },
  };
}

function holidaysOf(calendar: Calendar | undefined): number[] {
  if (calendar === undefined) return [];
  const ordinary = new Set(calendar.except);
  return calendar.dates.filter(({ date }) => !ordinary.has(date)).map(({ date }) => dayNumber(date));
}

function spanOf(window: Window): OpenSpan {
  const from = minuteOfDay(window.from);
  const to = minuteOfDay(window.to);
  return { from, to: to > from ? to : to + MINUTES_PER_DAY };
}
