import { describe, expect, it } from 'vitest';
import { formatSeoulTime, parseSeoulTime } from './seoul-time.ts';

const midnight = Date.UTC(2026, 0, 8, 15);

describe('Seoul time', () => {
  it('is nine hours ahead of UTC, the day included', () => {
    expect(formatSeoulTime(midnight, { separator: 'T', milliseconds: false })).toBe('2026-01-09T00:00:00');
    expect(formatSeoulTime(midnight - 1, { separator: ' ', milliseconds: true })).toBe(
      '2026-01-08 23:59:59.999',
    );
  });

  it.each([
    ['2026-01-09T00:00:00', midnight],
    ['2026-01-09T00:00:00.5', midnight + 500],
    ['2026-01-09T00:00:00.123456789', midnight + 123],
    ['2024-02-29T09:00:00', Date.UTC(2024, 1, 29)],
  ])('reads %s', (text, atMs) => {
    expect(parseSeoulTime(text)).toBe(atMs);
  });

  it.each([
    '2026-01-09 00:00:00',
    '2026-01-09T00:00:00Z',
    '2026-01-09T00:00:00+09:00',
    '2026-01-09T00:00',
    '2026-01-09',
    '2025-02-29T00:00:00',
    '2026-04-31T00:00:00',
    '2026-01-09T24:00:00',
    '2026-01-09T00:60:00',
    '',
  ])('does not read %s', (text) => {
    expect(parseSeoulTime(text)).toBeUndefined();
  });
});
