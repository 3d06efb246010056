import type { Calendar, Schedule } from '../src/index.ts';

/**
 * The meaning of a schedule, spelt out without any of the package's code: the wall clock is read from `Intl`,
 * dates and times are compared as text.
 */
export function naiveIsOpen(
  schedule: Schedule,
  calendars: readonly Calendar[],
  timeZone: string,
  instantMs: number,
): boolean {
  const { date, time } = wallClock(timeZone, instantMs);
  const today = windowsOf(schedule, calendars, date);
  const yesterday = windowsOf(schedule, calendars, dayBefore(date));
  return (
    today.some(({ from, to }) => time >= from && (time < to || to <= from)) ||
    yesterday.some(({ from, to }) => to <= from && time < to)
  );
}

interface Window {
  readonly from: string;
  readonly to: string;
}

function windowsOf(schedule: Schedule, calendars: readonly Calendar[], date: string): readonly Window[] {
  for (const override of schedule.overrides) {
    if (date >= override.date && date <= (override.lastDate ?? override.date)) return override.windows;
  }
  for (const holiday of schedule.holidays) {
    const calendar = calendars.find(({ id }) => id === holiday.calendar);
    const isHoliday = calendar?.dates.some((day) => day.date === date) && !calendar.except.includes(date);
    if (isHoliday) return holiday.windows;
  }
  const weekday = weekdays.format(Date.parse(`${date}T00:00:00Z`)).toLowerCase();
  return schedule.weekly.filter(({ days }) => days.some((day) => day === weekday));
}

const weekdays = new Intl.DateTimeFormat('en-US', { weekday: 'short', timeZone: 'UTC' });

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(timeZone: string, instantMs: number): { date: string; time: string } {
  const clock =
    clocks.get(timeZone) ??
    // Swedish writes dates as ISO 8601 does.
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  clocks.set(timeZone, clock);
  const [date = '', time = ''] = clock.format(instantMs).split(' ');
  return { date, time };
}
