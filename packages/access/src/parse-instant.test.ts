import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInstant } from './parse-instant.ts';

const two = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'));

describe('parseInstant', () => {
  it('reads every instant the schema lets through as Date.parse does', () => {
    const instant = fc
      .record({
        date: fc.date({ min: new Date('1900-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
        hours: two(23),
        minutes: two(59),
        seconds: fc.option(two(59), { nil: null }),
        fraction: fc.option(fc.stringMatching(/^\d{1,9}$/), { nil: null }),
        offset: fc.oneof(
          fc.constant('Z'),
          fc.tuple(fc.constantFrom('+', '-'), two(23), two(59)).map(([sign, h, m]) => `${sign}${h}:${m}`),
        ),
      })
      .map(({ date, hours, minutes, seconds, fraction, offset }) => {
        const time = seconds === null ? '' : `:${seconds}${fraction === null ? '' : `.${fraction}`}`;
        return `${date.toISOString().slice(0, 10)}T${hours}:${minutes}${time}${offset}`;
      });
    fc.assert(
      fc.property(instant, (text) => {
        expect(parseInstant(text), text).toBe(Date.parse(text));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    '',
    '2026-12-31',
    'tomorrow',
    '2026-12-31T09:00:00',
    '2026-12-31T09:00:00+0900',
    '20x6-12-31T09:00Z',
  ])('is not a number for %j', (text) => {
    expect(parseInstant(text)).toBeNaN();
  });
});
