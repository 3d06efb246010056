import { describe, expect, it } from 'vitest';
import { dateOfDay, dayNumber, weekdayOfDay } from '../civil-time.ts';
import { KOREA } from './korea.ts';

const SATURDAY = 5;
const SUNDAY = 6;

// Lunar holidays in the solar calendar, from the almanacs of the Korea Astronomy and Space Science Institute.
const LUNAR: Record<number, { seollal: string; buddha: string; chuseok: string }> = {
  2026: { seollal: '2026-02-17', buddha: '2026-05-24', chuseok: '2026-09-25' },
  2027: { seollal: '2027-02-07', buddha: '2027-05-13', chuseok: '2027-09-15' },
};
const ELECTIONS = ['2026-06-03'];

/** The holidays of a year as the decree on public holidays makes them, substitute days worked out. */
function byDecree(year: number): string[] {
  const lunar = LUNAR[year];
  if (lunar === undefined) throw new Error(`no lunar dates for ${year}`);
  const around = (date: string) => [-1, 0, 1].map((days) => dayNumber(date) + days);
  const fixed = (monthDay: string) => dayNumber(`${year}-${monthDay}`);
  // No substitute day: New Year and Memorial Day. For a Sunday only: Seollal and Chuseok. For both days: the rest.
  const never = [
    fixed('01-01'),
    fixed('06-06'),
    ...ELECTIONS.filter((day) => day.startsWith(`${year}`)).map(dayNumber),
  ];
  const sundays = [around(lunar.seollal), around(lunar.chuseok)];
  const weekends = [
    ...['03-01', '05-01', '05-05', '07-17', '08-15', '10-03', '10-09', '12-25'].map(fixed),
    dayNumber(lunar.buddha),
  ];
  const all = new Set([...never, ...sundays.flat(), ...weekends]);
  const substitute = (after: number): void => {
    let day = after;
    while (all.has(day) || weekdayOfDay(day) >= SATURDAY) day += 1;
    all.add(day);
  };
  for (const days of sundays)
    if (days.some((day) => weekdayOfDay(day) === SUNDAY)) substitute((days.at(-1) ?? 0) + 1);
  for (const day of weekends) if (weekdayOfDay(day) >= SATURDAY) substitute(day + 1);
  return [...all].sort((a, b) => a - b).map(dateOfDay);
}

describe('Korean public holidays', () => {
  it.each([2026, 2027])('of %i are what the decree makes them', (year) => {
    const listed = KOREA.dates.map(({ date }) => date).filter((date) => date.startsWith(`${year}`));
    expect(listed).toEqual(byDecree(year));
  });

  it('say where they come from and how far they go', () => {
    expect(KOREA.dates.every(({ date }) => date >= KOREA.coversFrom && date < KOREA.coversUntil)).toBe(true);
    expect(KOREA.source).toMatch('공휴일에 관한 법률');
    expect(KOREA.checkedOn).toBe('2026-11-22');
  });
});
