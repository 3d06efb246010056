import { describe, expect, it } from 'vitest';
import { formatVendorTimestamp, parseVendorTimestamp, readVendorTimestamp } from './timestamp.ts';

describe('reading a vendor timestamp', () => {
  it.each([
    ['2024-01-01T00:00:00', '2023-12-31T15:00:00.000Z'],
    ['2024-01-01 00:00:00', '2023-12-31T15:00:00.000Z'],
    ['2024-01-01T00:00', '2023-12-31T15:00:00.000Z'],
    ['2024-01-01T00:00:00.5', '2023-12-31T15:00:00.500Z'],
    ['2024-01-01T00:00:00.123456789', '2023-12-31T15:00:00.123Z'],
    ['2024-01-01T00:00:00+09:00', '2023-12-31T15:00:00.000Z'],
    ['2024-01-01T00:00:00-0330', '2024-01-01T03:30:00.000Z'],
    ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000Z'],
    ['1987-06-01T00:00:00', '1987-05-31T14:00:00.000Z'], // Korea kept summer time in 1987 and 1988
  ])('%s is %s, and the raw text is kept', (raw, iso) => {
    expect(parseVendorTimestamp(raw)).toEqual({ raw, epochMs: Date.parse(iso) });
  });

  it.each([
    '',
    'yesterday',
    '2024-02-30T00:00:00',
    '2024-01-01T24:00:00',
    '2024-13-01 00:00:00',
    '2024-01-01T23:60:00',
    '2024-01-01 23:59:60',
    '2024-0a-01T00:00:00',
    '20240101',
  ])('refuses %j', (raw) => {
    expect(readVendorTimestamp(raw)).toBeUndefined();
    expect(() => parseVendorTimestamp(raw)).toThrow(RangeError);
  });

  it('reads the form that nearly every time has as it reads any other', () => {
    for (const date of ['2024-02-29', '2023-02-29', '1999-12-31', '0001-01-01']) {
      for (let second = 0; second < 100_000; second += 997) {
        const digits =
          String(second * 10)
            .padStart(6, '0')
            .match(/../g) ?? [];
        const raw = `${date}T${digits.join(':')}`;
        expect(readVendorTimestamp(raw)?.epochMs, raw).toBe(readVendorTimestamp(`${raw}.000`)?.epochMs);
      }
    }
  });

  it.each([
    ['Europe/Berlin', '2024-03-31T02:30:00', '2024-03-31T01:30:00.000Z'], // skipped: read with the offset before
    ['Europe/Berlin', '2024-10-27T02:30:00', '2024-10-27T00:30:00.000Z'], // occurs twice: the first
    ['Europe/Berlin', '2024-10-27T03:00:00', '2024-10-27T02:00:00.000Z'],
    ['America/New_York', '2024-03-10T01:59:59', '2024-03-10T06:59:59.000Z'],
    ['America/New_York', '2024-03-10T03:00:00', '2024-03-10T07:00:00.000Z'],
    ['Australia/Lord_Howe', '2024-04-07T01:45:00', '2024-04-06T14:45:00.000Z'], // half an hour, twice
    ['Pacific/Apia', '2011-12-31T00:00:00', '2011-12-30T10:00:00.000Z'], // a day that was skipped lies before it
  ])('in %s, %s is %s', (timeZone, raw, iso) => {
    expect(new Date(parseVendorTimestamp(raw, { timeZone }).epochMs).toISOString()).toBe(iso);
  });
});

describe('writing a vendor timestamp', () => {
  it('writes a Korean wall clock without an offset, whole seconds', () => {
    expect(formatVendorTimestamp(Date.parse('2023-12-31T15:00:00.999Z'))).toBe('2024-01-01T00:00:00');
    expect(formatVendorTimestamp(0, { separator: ' ' })).toBe('1970-01-01 09:00:00');
    expect(formatVendorTimestamp(-1)).toBe('1970-01-01T08:59:59');
  });

  it.each(['Asia/Seoul', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'UTC'])(
    'is what is read back in %s, for every hour of a year but the ones that occur twice',
    (timeZone) => {
      const start = Date.UTC(2024, 0, 1);
      const lost: number[] = [];
      for (let hour = 0; hour < 366 * 24; hour++) {
        const epochMs = start + hour * 3_600_000;
        const text = formatVendorTimestamp(epochMs, { timeZone });
        if (parseVendorTimestamp(text, { timeZone }).epochMs !== epochMs) lost.push(epochMs);
      }
      expect(lost.length).toBeLessThanOrEqual(1);
    },
  );
});
