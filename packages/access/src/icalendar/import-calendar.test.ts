import { describe, expect, it } from 'vitest';
import { release } from '../../test/venue.ts';
import { compile } from '../index.ts';
import { AccessError, importCalendar } from './index.ts';

function ics(...events: string[]): string {
  const body = events.map((event, position) => `BEGIN:VEVENT\nUID:${position}\n${event.trim()}\nEND:VEVENT`);
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', ...body, 'END:VCALENDAR']
    .join('\n')
    .replaceAll('\n', '\r\n');
}

const options = { id: 'imported', from: '2026-01-01', until: '2028-01-01' };

function dates(text: string): string[] {
  return importCalendar(text, options).calendar.dates.map(({ date, name }) => `${date} ${name}`);
}

describe('importCalendar', () => {
  it('takes over days and runs of days, and ends before DTEND', () => {
    const text = ics(
      'SUMMARY:성탄절\nDTSTART;VALUE=DATE:20261225',
      'SUMMARY:설날\nDTSTART;VALUE=DATE:20260216\nDTEND;VALUE=DATE:20260219',
    );
    expect(dates(text)).toEqual([
      '2026-02-16 설날',
      '2026-02-17 설날',
      '2026-02-18 설날',
      '2026-12-25 성탄절',
    ]);
  });

  it('follows recurrences, but not the dates they exclude, within the time asked for', () => {
    const text = ics(
      'SUMMARY:개교기념일\nDTSTART;VALUE=DATE:20200504\nRRULE:FREQ=YEARLY',
      'SUMMARY:정기점검\nDTSTART;VALUE=DATE:20261101\nRRULE:FREQ=MONTHLY;COUNT=4\nEXDATE;VALUE=DATE:20261201',
    );
    expect(dates(text)).toEqual([
      '2026-05-04 개교기념일',
      '2026-11-01 정기점검',
      '2027-01-01 정기점검',
      '2027-02-01 정기점검',
      '2027-05-04 개교기념일',
    ]);
  });

  it('follows a single occurrence that was moved', () => {
    const text = ics('SUMMARY:창립기념일\nDTSTART;VALUE=DATE:20260310\nRRULE:FREQ=YEARLY;COUNT=2').replace(
      'END:VCALENDAR',
      [
        'BEGIN:VEVENT\r\nUID:0\r\nRECURRENCE-ID;VALUE=DATE:20270310\r\nSUMMARY:창립기념일(이동)',
        'DTSTART;VALUE=DATE:20270312\r\nEND:VEVENT\r\nEND:VCALENDAR',
      ].join('\r\n'),
    );
    expect(dates(text)).toEqual(['2026-03-10 창립기념일', '2027-03-12 창립기념일(이동)']);
  });

  it('reports what is no holiday', () => {
    const text = ics(
      'SUMMARY:회의\nDTSTART:20260301T090000Z\nDTEND:20260301T100000Z',
      'SUMMARY:취소\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20260302',
    );
    expect(importCalendar(text, options)).toMatchObject({
      calendar: { dates: [] },
      skipped: [
        { summary: '회의', why: 'has a time of day' },
        { summary: '취소', why: 'is cancelled' },
      ],
    });
  });

  it('refuses what is not iCalendar, and events that make no sense', () => {
    for (const text of [
      '',
      'not a calendar',
      '{}',
      ics('SUMMARY:x'),
      ics('SUMMARY:x\nDTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20270101'),
    ]) {
      expect(() => importCalendar(text, options), text).toThrow(AccessError);
    }
  });

  it('gives a calendar that a release can hold', () => {
    const { calendar } = importCalendar(ics('SUMMARY:x\nDTSTART;VALUE=DATE:20260301'), {
      ...options,
      name: '우리 달력',
      source: 'https://calendar.example/holidays.ics',
      checkedOn: '2026-11-22',
    });
    const calendars = [...release().calendars, calendar];
    expect(compile(release({ calendars })).release.calendars[1]).toEqual({
      id: 'imported',
      name: '우리 달력',
      dates: [{ date: '2026-03-01', name: 'x' }],
      except: [],
      source: 'https://calendar.example/holidays.ics',
      checkedOn: '2026-11-22',
      coversUntil: '2028-01-01',
    });
  });
});
