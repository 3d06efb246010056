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
      'BEGIN:VCARD\r\nEND:VCARD',
      'BEGIN:VEVENT\r\n'.repeat(10_000),
      ics('SUMMARY:x'),
      ics('SUMMARY:x\nDTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20270101'),
    ]) {
      expect(() => importCalendar(text, options), text).toThrow(AccessError);
    }
  });

  it('names an event in as many letters as a release takes', () => {
    expect(dates(ics(`SUMMARY:${'가'.repeat(59)}\\n😀 x\nDTSTART;VALUE=DATE:20260301`))).toEqual([
      `2026-03-01 ${'가'.repeat(59)} `,
    ]);
    expect(dates(ics(`SUMMARY:  a\\n b  \nDTSTART;VALUE=DATE:20260301`))).toEqual(['2026-03-01 a b']);
  });

  it('takes a date for a date however it is declared, and a file as it is saved', () => {
    expect(dates(`\uFEFF${ics('SUMMARY:x\nDTSTART:20260301')}`.replaceAll('\r', ''))).toEqual([
      '2026-03-01 x',
    ]);
    const two = `${ics('SUMMARY:x\nDTSTART;VALUE=DATE:20260301')}\r\n${ics('SUMMARY:y\nDTSTART;VALUE=DATE:20260302')}`;
    expect(dates(two)).toEqual(['2026-03-01 x', '2026-03-02 y']);
  });

  it('lets an event last as its DURATION says, and a day where it ends as it begins', () => {
    expect(dates(ics('SUMMARY:x\nDTSTART;VALUE=DATE:20260301\nDURATION:P2D'))).toEqual([
      '2026-03-01 x',
      '2026-03-02 x',
    ]);
    expect(dates(ics('SUMMARY:x\nDTSTART;VALUE=DATE:20260301\nDTEND;VALUE=DATE:20260301'))).toEqual([
      '2026-03-01 x',
    ]);
  });

  it('keeps times in any time zone out, however they are told', () => {
    const text = ics(
      'SUMMARY:a\nDTSTART;TZID=Asia/Seoul:20260301T000000\nDTEND;TZID=Asia/Seoul:20260302T000000',
      'SUMMARY:b\nDTSTART;TZID=Nowhere/None:20260301T000000',
      'SUMMARY:c\nDTSTART:20260228T150000Z\nRRULE:FREQ=SECONDLY',
    );
    expect(importCalendar(text, options)).toMatchObject({
      calendar: { dates: [] },
      skipped: ['a', 'b', 'c'].map((summary) => ({ summary, why: 'has a time of day' })),
    });
  });

  describe('with single occurrences told apart', () => {
    const yearly = ics('SUMMARY:x\nDTSTART;VALUE=DATE:20260310\nRRULE:FREQ=YEARLY;COUNT=2');
    const occurrence = (...lines: string[]) =>
      ['BEGIN:VEVENT', 'UID:0', 'RECURRENCE-ID;VALUE=DATE:20270310', ...lines, 'END:VEVENT', ''].join('\r\n');
    const withOccurrence = (...lines: string[]) =>
      yearly.replace('END:VCALENDAR', `${occurrence(...lines)}END:VCALENDAR`);

    it('leaves a cancelled one out', () => {
      expect(dates(withOccurrence('STATUS:cancelled', 'DTSTART;VALUE=DATE:20270310'))).toEqual([
        '2026-03-10 x',
      ]);
    });

    it('reports one that was given a time of day', () => {
      expect(importCalendar(withOccurrence('DTSTART:20270310T090000Z'), options)).toMatchObject({
        calendar: { dates: [{ date: '2026-03-10' }] },
        skipped: [{ summary: 'x', why: 'has a time of day' }],
      });
    });

    it('follows one that was moved from beyond the time asked for into it', () => {
      const text = withOccurrence('DTSTART;VALUE=DATE:20271231').replaceAll('20260310', '20280310');
      expect(dates(text.replace('20270310', '20290310'))).toEqual(['2027-12-31 x']);
    });

    it('takes one for an event where the event it belongs to is missing', () => {
      const text = ics().replace(
        'END:VCALENDAR',
        `${occurrence('DTSTART;VALUE=DATE:20270312')}END:VCALENDAR`,
      );
      expect(dates(text)).toEqual(['2027-03-12 undefined']);
    });
  });

  it.each([
    ['seconds', 'DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=SECONDLY', 'recurs SECONDLY'],
    ['weeks of the year', 'DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYWEEKNO=1', 'by BYWEEKNO'],
    ['nothing that can be read', 'DTSTART;VALUE=DATE:20260101\nRRULE:x', 'recurs null'],
    ['a month that does not exist', 'DTSTART;VALUE=DATE:20261301', 'a date that does not exist'],
    ['a day that does not exist', 'DTSTART;VALUE=DATE:20260230', 'a date that does not exist'],
    ['no date', 'DTSTART;VALUE=DATE:soon', 'a date that does not exist'],
    [
      'an end that is no date',
      'DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:soon',
      'a date that does not exist',
    ],
    ['an end before its beginning', 'DTSTART;VALUE=DATE:20260110\nDTEND;VALUE=DATE:20260101', 'ends before'],
    ['a negative duration', 'DTSTART;VALUE=DATE:20260110\nDURATION:-P3D', 'ends before'],
    ['a duration of ages', 'DTSTART;VALUE=DATE:20260110\nDURATION:P9999999999D', 'lasts more than 62 days'],
    [
      'an exclusion of nothing',
      'DTSTART;VALUE=DATE:20260110\nEXDATE;VALUE=DATE:soon',
      'a date that does not',
    ],
  ])('refuses an event of %s', (_, event, complaint) => {
    expect(() => importCalendar(ics(`SUMMARY:x\n${event}`), options)).toThrow(complaint);
    expect(() => importCalendar(ics(`SUMMARY:x\n${event}`), options)).toThrow(AccessError);
  });

  it('comes to an end with rules that never come round', () => {
    for (const rule of [
      'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31',
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
      'FREQ=MONTHLY;INTERVAL=12;BYMONTH=3',
      'FREQ=MONTHLY;BYDAY=1FR;BYMONTHDAY=13',
      'FREQ=DAILY;INTERVAL=7;BYDAY=TU',
      'FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2',
    ]) {
      expect(dates(ics(`SUMMARY:x\nDTSTART;VALUE=DATE:20260101\nRRULE:${rule}`)), rule).toEqual([
        '2026-01-01 x',
      ]);
    }
  });

  it('follows what began long ago, and refuses what would take for ever', () => {
    const daily = 'SUMMARY:x\nDTSTART;VALUE=DATE:19000101\nRRULE:FREQ=DAILY';
    expect(dates(ics(daily))).toHaveLength(730);
    expect(() => importCalendar(ics(...Array.from({ length: 100 }, () => daily)), options)).toThrow(
      'cannot be followed',
    );
  });

  it('refuses a time that is none', () => {
    const text = ics('SUMMARY:x\nDTSTART;VALUE=DATE:20260301');
    expect(() => importCalendar(text, { ...options, from: '2026-1-1' })).toThrow('expected from as a date');
    expect(() => importCalendar(text, { ...options, until: '2026-01-01' })).toThrow('is not after from');
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
