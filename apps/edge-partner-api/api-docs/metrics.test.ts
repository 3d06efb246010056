import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alertRules } from '../src/telemetry/alert-rules.ts';
import { COLUMNS } from '../src/telemetry/columns.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/operations/metrics.md'), 'utf8');
const queries = [...page.matchAll(/```sql\n([^`]*)```/g)].map(([, query]) => query ?? '');

describe('the documented columns', () => {
  it('are those of the dataset', () => {
    const rows = [...page.matchAll(/^\| `((?:index|blob|double)\d+)` +\| `(\w+)`/gm)];
    expect(Object.fromEntries(rows.map(([, column, field]) => [column, field]))).toEqual(COLUMNS);
  });
});

describe('the documented queries', () => {
  it('read every column of the dataset at least once, and no other', () => {
    const read = new Set(queries.flatMap((query) => query.match(/\b(?:index|blob|double)\d+\b/g) ?? []));
    expect([...read].sort()).toEqual(Object.keys(COLUMNS).sort());
  });

  it('call each column by the name of its field', () => {
    const named = queries.flatMap((query) => [...query.matchAll(/\b((?:index|blob|double)\d+) AS (\w+)/g)]);
    expect(named.length).toBeGreaterThan(5);
    for (const [, column = '', name] of named) expect([column, name]).toEqual([column, fieldOf(column)]);
  });
});

describe('the documented rules of alerts', () => {
  const documented = [...page.matchAll(/`("(?:denials|silence|trouble)": \{.*?\})`/g)].map(
    ([, rule]) => rule,
  );

  it('are taken, and are the defaults where there are any', () => {
    const rules = alertRules.parse(JSON.parse(`{${documented.join(',')}}`));
    expect(documented).toHaveLength(3);
    const { denials, trouble } = alertRules.parse({});
    expect(rules).toMatchObject({ denials, trouble, silence: { minutes: 30, timeZone: 'Asia/Seoul' } });
  });
});

function fieldOf(column: string): string | undefined {
  return Object.entries(COLUMNS).find(([known]) => known === column)?.[1];
}
