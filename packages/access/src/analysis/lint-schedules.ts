import { DAY_MS, dateOfDay, dayNumber } from '../civil-time.ts';
import type { CompiledRelease } from '../compile/compiled.ts';
import type { Calendar, Schedule } from '../model.ts';
import type { Finding } from './lint.ts';

/** Long enough to publish the next year's holidays without hurry. */
const ENDS_SOON_DAYS = 60;
/** Holidays change by law and by decree; a year without a look is long. */
const OLD_AFTER_DAYS = 400;

/** Schedules that never open, and calendars that end, are old, or are not used. */
export function lintSchedules({ release }: CompiledRelease, instantMs: number): readonly Finding[] {
  const today = Math.floor(instantMs / DAY_MS);
  const usedSchedules = new Set(release.rules.map(({ schedule }) => schedule));
  const usedCalendars = new Set(
    release.schedules.flatMap(({ holidays }) => holidays.map(({ calendar }) => calendar)),
  );
  return [
    ...release.schedules.flatMap((schedule, position) => {
      const path = ['schedules', position];
      return [
        ...lintHours(schedule, release.calendars, path, today),
        ...lintUse(`schedule "${schedule.id}"`, 'unused_schedule', path, usedSchedules.has(schedule.id)),
      ];
    }),
    ...release.calendars.flatMap((calendar, position) => {
      const path = ['calendars', position];
      const isUsed = usedCalendars.has(calendar.id);
      return [
        ...(isUsed ? lintAge(calendar, path, today) : []),
        ...lintUse(`calendar "${calendar.id}"`, 'unused_calendar', path, isUsed),
      ];
    }),
  ];
}

type Path = readonly (string | number)[];

function lintUse(
  what: string,
  code: 'unused_schedule' | 'unused_calendar',
  path: Path,
  isUsed: boolean,
): Finding[] {
  return isUsed ? [] : [{ code, severity: 'note', path, message: `${what} is not used` }];
}

function lintHours(schedule: Schedule, calendars: readonly Calendar[], path: Path, today: number): Finding[] {
  if (schedule.weekly.length > 0) return [];
  const name = `schedule "${schedule.id}"`;
  const dates = [
    ...schedule.overrides
      .filter(({ windows }) => windows.length > 0)
      .map(({ date, lastDate }) => lastDate ?? date),
    ...schedule.holidays.flatMap((holiday) =>
      holiday.windows.length > 0 ? datesOf(holiday, calendars) : [],
    ),
  ];
  const last = dates.sort().at(-1);
  if (last === undefined) {
    return [{ code: 'empty_schedule', severity: 'warning', path, message: `${name} is never open` }];
  }
  if (dayNumber(last) >= today - 1) return [];
  return [
    {
      code: 'lapsed_schedule',
      severity: 'warning',
      path,
      message: `${name} was open for the last time on ${last}`,
    },
  ];
}

function datesOf({ calendar }: Schedule['holidays'][number], calendars: readonly Calendar[]): string[] {
  const found = calendars.find(({ id }) => id === calendar);
  return (found?.dates ?? []).map(({ date }) => date).filter((date) => !found?.except.includes(date));
}

function lintAge(calendar: Calendar, path: Path, today: number): Finding[] {
  const name = `calendar "${calendar.id}"`;
  const findings: Finding[] = [];
  const ends = calendar.coversUntil ?? afterLastDate(calendar);
  const daysLeft = dayNumber(ends) - today;
  if (daysLeft <= ENDS_SOON_DAYS) {
    const verb = daysLeft <= 0 ? 'ended' : 'ends';
    const hint = 'holidays after that are ordinary days; add the next dates';
    findings.push({
      code: 'calendar_ends',
      severity: 'warning',
      path,
      message: `${name} ${verb} on ${ends}`,
      hint,
    });
  }
  if (calendar.checkedOn !== undefined && today - dayNumber(calendar.checkedOn) > OLD_AFTER_DAYS) {
    const message = `${name} was last compared with its source on ${calendar.checkedOn}`;
    findings.push({ code: 'calendar_old', severity: 'warning', path, message });
  }
  return findings;
}

/** A calendar that does not say how far it goes is taken to end with its last date. */
function afterLastDate({ dates }: Calendar): string {
  const last = dates
    .map(({ date }) => date)
    .sort()
    .at(-1);
  return last === undefined ? '1970-01-01' : dateOfDay(dayNumber(last) + 1);
}
