import { describe, expect, it } from 'vitest';
import { findings, now, permit, type RuleInput } from '../../test/lint-findings.ts';
import { release } from '../../test/venue.ts';
import type { ReleaseInput } from '../index.ts';
import { lint } from './index.ts';

describe('lint of schedules and calendars', () => {
  const schedule = { id: 'x', weekly: [{ days: ['mon' as const], from: '09:00', to: '10:00' }] };
  const used = { ...permit, schedule: 'x' };
  const about = (one: NonNullable<ReleaseInput['schedules']>[number], rules: RuleInput[] = [used]) =>
    findings({ schedules: [one], rules, calendars: [] }).filter((finding) => finding.includes('schedules'));

  it('finds those that never open, have opened for the last time, or are not used', () => {
    expect(about(schedule)).toEqual([]);
    expect(about(schedule, [permit])).toEqual(['unused_schedule schedules.0']);
    expect(about({ id: 'x' })).toEqual(['empty_schedule schedules.0']);
    const windows = [{ from: '09:00', to: '10:00' }];
    expect(about({ id: 'x', overrides: [{ date: '2026-11-20', windows }] })).toEqual([
      'lapsed_schedule schedules.0',
    ]);
    expect(about({ id: 'x', overrides: [{ date: '2026-11-01', lastDate: '2026-11-21', windows }] })).toEqual(
      [],
    );
    expect(about({ id: 'x', overrides: [{ date: '2027-01-01' }] })).toEqual(['empty_schedule schedules.0']);
  });

  it('finds those that open on holidays only, once their calendar is over', () => {
    const opening = { id: 'x', holidays: [{ calendar: 'c', windows: [{ from: '09:00', to: '10:00' }] }] };
    const over = (dates: string[], except: string[] = []) =>
      findings({
        schedules: [opening],
        calendars: [{ id: 'c', dates: dates.map((date) => ({ date })), except }],
        rules: [used],
      }).filter((finding) => finding.includes('schedules'));
    expect(over(['2026-01-01', '2026-12-25'])).toEqual([]);
    expect(over(['2026-01-01', '2026-12-25'], ['2026-12-25'])).toEqual(['lapsed_schedule schedules.0']);
    expect(over([])).toEqual(['empty_schedule schedules.0']);
  });

  it('finds calendars that end, ended, or were not looked at for long', () => {
    const calendar = (more: object) => {
      const calendars = [{ id: 'c', dates: [{ date: '2026-12-25' }], ...more }];
      const schedules = [{ ...schedule, holidays: [{ calendar: 'c' }] }];
      return lint(release({ calendars, schedules, rules: [used] }), now)
        .filter(({ path }) => path[0] === 'calendars')
        .map(({ message }) => message);
    };
    expect(calendar({ coversUntil: '2028-01-01' })).toEqual([]);
    expect(calendar({})).toEqual(['calendar "c" ends on 2026-12-26']);
    expect(calendar({ coversUntil: '2027-01-21' })).toEqual(['calendar "c" ends on 2027-01-21']);
    expect(calendar({ coversUntil: '2027-01-22' })).toEqual([]);
    expect(calendar({ coversUntil: '2026-11-22' })).toEqual(['calendar "c" ended on 2026-11-22']);
    expect(calendar({ dates: [] })).toEqual(['calendar "c" ended on 1970-01-01']);
    const checkedOn = '2025-10-17';
    expect(calendar({ coversUntil: '2028-01-01', checkedOn })).toEqual([
      'calendar "c" was last compared with its source on 2025-10-17',
    ]);
    expect(calendar({ coversUntil: '2028-01-01', checkedOn: '2025-10-18' })).toEqual([]);
  });

  it('finds a calendar that is not used, and lets the built-in one pass', () => {
    const calendars = [{ id: 'kr', use: 'KR' as const }];
    expect(findings({ calendars, schedules: [schedule], rules: [used] })).toContain(
      'unused_calendar calendars.0',
    );
    const schedules = [{ ...schedule, holidays: [{ calendar: 'kr' }] }];
    expect(findings({ calendars, schedules, rules: [used] }).filter((f) => f.includes('calendars'))).toEqual(
      [],
    );
  });
});
