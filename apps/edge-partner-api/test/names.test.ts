import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createNames, type Names } from '../src/store/guard/names.ts';
import { createTables } from '../src/store/guard/tables.ts';
import { bytesOf, VALUE_MAX_BYTES } from './counting.ts';
import { freshStores } from './world.ts';

freshStores();

const PEOPLE = 2_000;
const AT_ONCE = 200;
/** What is remembered of a person below: a count, where they are, and how they got there. */
const ROWS = 3;

const former = (n: number): string => `old-${n}`;
const present = (n: number): string => `new-${n}`;
const renaming = (n: number) => ({ from: former(n), to: present(n), sealed: 'sealed' });

/** A guard's storage with a count and an entry of each of many people. */
async function withCrowd(
  work: (names: Names, sql: SqlStorage, rowsRead: () => number, largestBytes: () => number) => void,
) {
  await runInDurableObject(env.GUARD.getByName('names'), (_, { storage: { sql } }) => {
    createTables(sql);
    for (let n = 0; n < PEOPLE; n += 1) {
      const key = JSON.stringify(['once', former(n), '2026-11-25']);
      sql.exec('INSERT INTO counters (key, value, expires_at) VALUES (?, 1, NULL)', key);
      enter(sql, former(n), n);
    }
    const cursors: { readonly rowsRead: number }[] = [];
    let largest = 0;
    const counted = new Proxy(sql, {
      get(real, name) {
        const value: unknown = Reflect.get(real, name, real);
        if (name !== 'exec' || typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          largest = Math.max(largest, ...args.map(bytesOf));
          const cursor = Reflect.apply(value, real, args);
          cursors.push(cursor);
          return cursor;
        };
      },
    });
    work(
      createNames(counted, () => {}),
      sql,
      () => cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
      () => largest,
    );
  });
}

function enter(sql: SqlStorage, person: string, at: number, direction = 'in'): void {
  sql.exec(
    "INSERT INTO presence_events (area_id, person, decision_id, direction, at) VALUES ('pool', ?, 'd', ?, ?)",
    person,
    direction,
    at,
  );
  sql.exec(
    "INSERT INTO presence (area_id, person, direction, at) VALUES ('pool', ?, ?, ?)",
    person,
    direction,
    at,
  );
}

describe('people who get other names', () => {
  it('are moved in a scan of what is remembered, not one for each of them', async () => {
    await withCrowd((names, sql, rowsRead) => {
      names.rename(Array.from({ length: AT_ONCE }, (_, n) => renaming(n)));
      const named = (table: string, column: string) =>
        sql
          .exec(`SELECT substr(${column}, 1, 3) AS name, count(*) AS n FROM ${table} GROUP BY 1 ORDER BY 1`)
          .toArray();
      const expected = [
        { name: 'new', n: AT_ONCE },
        { name: 'old', n: PEOPLE - AT_ONCE },
      ];
      expect(named('presence', 'person')).toEqual(expected);
      expect(named('presence_events', 'person')).toEqual(expected);
      expect(named('counters', "key ->> '$[1]'")).toEqual(expected);
      expect(rowsRead()).toBeLessThan(10 * ROWS * PEOPLE);
    });
  });

  it('are moved in pieces that the storage takes, however much there is to say of each', async () => {
    await withCrowd((names, sql, _, largestBytes) => {
      const facts = JSON.stringify({ tags: { note: '가'.repeat(5_000) } });
      const member = { version: 1, facts };
      names.rename(Array.from({ length: AT_ONCE }, (_, n) => ({ ...renaming(n), member })));
      expect(largestBytes()).toBeLessThan(VALUE_MAX_BYTES);
      const [moved] = sql.exec("SELECT count(*) AS n FROM overlay WHERE facts <> 'null'").toArray();
      expect(moved).toEqual({ n: AT_ONCE });
      expect(names.of({ hmac: former(AT_ONCE - 1) })).toBe(present(AT_ONCE - 1));
    });
  });

  it('lose nothing that was counted under the new name before they were moved', async () => {
    await withCrowd((names, sql) => {
      sql.exec(
        'INSERT INTO counters (key, value, expires_at) VALUES (?, 2, NULL)',
        JSON.stringify(['once', present(0), '2026-11-25']),
      );
      enter(sql, present(0), PEOPLE, 'out');
      enter(sql, present(1), -1, 'out');
      names.rename([renaming(0), renaming(1)]);
      const places = sql.exec(
        "SELECT person, direction FROM presence WHERE person LIKE '%-0' OR person LIKE '%-1' ORDER BY person",
      );
      const counts = sql.exec("SELECT value FROM counters WHERE key ->> '$[1]' LIKE 'new-%' ORDER BY key");
      expect(counts.toArray()).toEqual([{ value: 3 }, { value: 1 }]);
      expect(places.toArray()).toEqual([
        { person: present(0), direction: 'out' },
        { person: present(1), direction: 'in' },
      ]);
    });
  });
});
