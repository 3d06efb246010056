import fc from 'fast-check';
import ICAL from 'ical.js';
import { describe, expect, it } from 'vitest';
import { dateOfDay, dayNumber } from '../civil-time.ts';
import { recurringDays, whyNotFollowed } from './recurring-days.ts';

const nothing = () => {};

function days(rule: string, first: string, until: string): string[] {
  const recur = ICAL.Recur.fromString(rule);
  expect(whyNotFollowed(recur), rule).toBeNull();
  return [...recurringDays(recur, dayNumber(first), dayNumber(until), nothing)].map(dateOfDay);
}

describe('recurring days', () => {
  it.each([
    // Examples of RFC 5545, section 3.8.5.3, with dates in place of times.
    [
      'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
      '1996-11-05',
      '2005-01-01',
      ['1996-11-05', '2000-11-07', '2004-11-02'],
    ],
    [
      'FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3',
      '1997-09-04',
      '1999-01-01',
      ['1997-09-04', '1997-10-07', '1997-11-06'],
    ],
    [
      'FREQ=MONTHLY;COUNT=4;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2',
      '1997-09-29',
      '1999-01-01',
      ['1997-09-29', '1997-10-30', '1997-11-27', '1997-12-30'],
    ],
    [
      'FREQ=MONTHLY;COUNT=3;BYDAY=-2MO',
      '1997-09-22',
      '1999-01-01',
      ['1997-09-22', '1997-10-20', '1997-11-17'],
    ],
    [
      'FREQ=MONTHLY;COUNT=4;BYMONTHDAY=-3',
      '1997-09-28',
      '1999-01-01',
      ['1997-09-28', '1997-10-29', '1997-11-28', '1997-12-29'],
    ],
    [
      'FREQ=YEARLY;COUNT=3;BYDAY=20MO',
      '1997-05-19',
      '2000-01-01',
      ['1997-05-19', '1998-05-18', '1999-05-17'],
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO',
      '1997-08-05',
      '1999-01-01',
      ['1997-08-05', '1997-08-10', '1997-08-19', '1997-08-24'],
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU',
      '1997-08-05',
      '1999-01-01',
      ['1997-08-05', '1997-08-17', '1997-08-19', '1997-08-31'],
    ],
    [
      'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
      '1998-02-13',
      '1998-12-01',
      ['1998-02-13', '1998-03-13', '1998-11-13'],
    ],
    [
      'FREQ=MONTHLY;COUNT=3;BYMONTHDAY=15,30',
      '2007-01-15',
      '2008-01-01',
      ['2007-01-15', '2007-01-30', '2007-02-15'],
    ],
    // A day that a year does not have is not another one.
    ['FREQ=YEARLY', '2024-02-29', '2033-01-01', ['2024-02-29', '2028-02-29', '2032-02-29']],
    ['FREQ=MONTHLY;UNTIL=20260501', '2026-01-31', '2030-01-01', ['2026-01-31', '2026-03-31']],
    [
      'FREQ=DAILY;INTERVAL=10;UNTIL=20260121',
      '2026-01-01',
      '2030-01-01',
      ['2026-01-01', '2026-01-11', '2026-01-21'],
    ],
  ])('are those of %s from %s', (rule, first, until, expected) => {
    expect(days(rule, first, until)).toEqual(expected);
  });

  it('are those the library finds, where a rule comes round', () => {
    const weekday = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');
    const some = <T>(one: fc.Arbitrary<T>) => fc.uniqueArray(one, { minLength: 1, maxLength: 3 });
    const ordinal = fc
      .tuple(fc.constantFrom('', '1', '2', '4', '-1', '-3'), weekday)
      .map((pair) => pair.join(''));
    const monthDay = fc.oneof(fc.integer({ min: 1, max: 28 }), fc.integer({ min: -28, max: -1 }));
    const month = fc.integer({ min: 1, max: 12 });
    const by = fc.oneof(
      fc.constant('FREQ=DAILY'),
      fc.constant('FREQ=WEEKLY'),
      some(weekday).map((list) => `FREQ=WEEKLY;BYDAY=${list}`),
      some(monthDay).map((list) => `FREQ=MONTHLY;BYMONTHDAY=${list}`),
      some(ordinal).map((list) => `FREQ=MONTHLY;BYDAY=${list}`),
      // Of days counted from the end of a month the library leaves out the first.
      fc
        .tuple(some(month), fc.integer({ min: 1, max: 28 }))
        .map(([months, day]) => `FREQ=YEARLY;BYMONTH=${months};BYMONTHDAY=${day}`),
      fc.tuple(some(month), ordinal).map(([months, day]) => `FREQ=YEARLY;BYMONTH=${months};BYDAY=${day}`),
    );
    let found = 0;
    fc.assert(
      fc.property(by, fc.integer({ min: 1, max: 4 }), fc.nat(3000), (rule, interval, offset) => {
        const text = `${rule};INTERVAL=${interval}`;
        const until = dayNumber('2032-01-01');
        const firstDay = dayNumber('2020-01-01') + offset;
        // What a rule means whose first day is none of its days is not defined.
        const [start] = recurringDays(ICAL.Recur.fromString(text), firstDay, until, nothing);
        if (start === undefined) return;
        const iterator = ICAL.Recur.fromString(text).iterator(ICAL.Time.fromDateString(dateOfDay(start)));
        const expected: string[] = [];
        for (let next = iterator.next(); next !== null && expected.length < 20; next = iterator.next()) {
          expected.push(next.toString());
        }
        const own = [...recurringDays(ICAL.Recur.fromString(text), start, until + 40_000, nothing)];
        expect(own.slice(0, 20).map(dateOfDay), `${text} from ${dateOfDay(start)}`).toEqual(expected);
        found += 1;
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(200);
  });
});
