import { describe, expect, it } from 'vitest';
import { csvLine, exportRequest } from './mirror-export.ts';

describe('a line of CSV', () => {
  it('leaves numbers, nothing and plain texts as they are', () => {
    expect(csvLine(['문', 7, -3, null, 'a b'])).toBe('문,7,-3,,a b\r\n');
  });

  it('quotes what would end a cell, and doubles quotes', () => {
    expect(csvLine(['a,b', 'a"b', 'a\nb', 'a\r\nb', ' a'])).toBe('"a,b","a""b","a\nb","a\r\nb"," a"\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\n=1', '＝1', '＋1', '－1', '＠1'])(
    'makes %j inert',
    (formula) => {
      const [cell] = csvLine([formula]).split('\r\n');
      expect(csvLine([formula])).toMatch(/^"?'/);
      expect(cell?.replace(/^"?'/, '').replaceAll('""', '"').length).toBeGreaterThan(0);
    },
  );

  it('leaves a sign within a text alone', () => {
    expect(csvLine(['a=1', '010-1234-5678', '2026-01-09'])).toBe('a=1,010-1234-5678,2026-01-09\r\n');
  });
});

describe('an export', () => {
  it('has a range of at most 32 days', () => {
    const ask = (from: number, to: number) =>
      exportRequest.safeParse({ table: 'verifications', from, to }).success;
    expect(ask(0, 32 * 86_400_000)).toBe(true);
    expect(ask(0, 32 * 86_400_000 + 1)).toBe(false);
    expect(ask(1, 1)).toBe(false);
  });
});
