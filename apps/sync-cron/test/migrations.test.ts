/** Every released schema is brought to the newest with data in place: nothing of it changes, and mirroring goes on. */
import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mirroredVerifications, trueVerifications } from './support/compare.ts';
import { decision, people } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, hourMs, minuteMs, noonMs } from './support/harness.ts';

const migrations = env.TEST_MIGRATIONS;
const start = noonMs - dayMs;

beforeEach(async () => {
  await emptyStores();
});

const named = z.object({ name: z.string() });

/** Every table with its rows; the columns of the schema it was taken from. */
async function everything(): Promise<Map<string, Record<string, unknown>[]>> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations' ORDER BY name",
  ).all();
  const tables = new Map<string, Record<string, unknown>[]>();
  for (const result of results) {
    const { name } = named.parse(result);
    tables.set(name, (await env.DB.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`).all()).results);
  }
  return tables;
}

/** What a mirror of the first release holds: rows of every kind, written as it wrote them. */
async function firstReleaseData(): Promise<void> {
  const { hmac, sealed } = await (await people()).of('member-1');
  const answer = await decision('d1', 'member-1');
  const insert = (sql: string, ...values: unknown[]) => env.DB.prepare(sql).bind(...values);
  await env.DB.batch([
    insert('INSERT INTO persons (id, hmac, sealed) VALUES (7, ?, ?)', hmac, sealed),
    insert("INSERT INTO tombstones (hmac, erased_at) VALUES ('gone', ?)", noonMs),
    insert(
      'UPDATE generations SET planned_from = ?, planned_until = ?, rewalks = ?',
      start,
      noonMs,
      '{"minutes":1}',
    ),
    insert(
      `INSERT INTO slices (id, stream, generation, kind, from_ms, to_ms, state, seq, created_at, closed_at)
       VALUES (1, 'verifications', 0, 'forward', ?, ?, 'done', 1, ?, ?)`,
      start,
      noonMs,
      noonMs,
      noonMs,
    ),
    insert("INSERT INTO commits VALUES (1, 1, 'c1', 1, 1, ?, 1, 1)", noonMs),
    insert(
      `INSERT INTO verifications (generation, id, person_id, status, device_id, params, transaction_id, verified_raw,
         verified_at, zone_id, fetched_at) VALUES (0, 'old', 7, 'SUCCESS', 'IPAD000', '{}', 't', '2026-01-09T11:00:00', ?, 1, ?)`,
      noonMs - hourMs,
      noonMs,
    ),
    insert(
      `INSERT INTO registrations (generation, id, person_id, audit_status, event_raw, event_at, zone_id, fetched_at)
       VALUES (0, 'r', 7, 'SUCCESS', '2026-01-09T11:00:00', ?, 1, ?)`,
      noonMs - hourMs,
      noonMs,
    ),
    insert(
      `INSERT INTO decisions (id, source, at, person_id, params, effect, reason, determining, inputs, received_at)
       VALUES (?, 'guard', ?, 7, '{}', 'permit', 'permitted', '[]', '{}', ?)`,
      answer.id,
      answer.at,
      noonMs,
    ),
    insert("INSERT INTO runs VALUES ('run', 'cron', 1, 2, '[]')"),
  ]);
}

describe('migrations', () => {
  it('are numbered without gaps, so that each database knows which it lacks', () => {
    expect(migrations.map(({ name }) => Number(name.slice(0, 4)))).toEqual(
      migrations.map((_, index) => index + 1),
    );
  });

  it.each(migrations.map(({ name }, index) => [name, index + 1] as const))(
    'bring a database as of %s to the newest schema with everything in it',
    async (_, released) => {
      await applyD1Migrations(env.DB, migrations.slice(0, 1));
      await firstReleaseData();
      await applyD1Migrations(env.DB, migrations.slice(0, released));
      const before = await everything();
      await applyD1Migrations(env.DB, migrations);
      const after = await everything();
      for (const [table, rows] of before) {
        expect(after.get(table), table).toHaveLength(rows.length);
        for (const [index, row] of rows.entries())
          expect(after.get(table)?.[index], table).toMatchObject(row);
      }
      expect((await env.DB.prepare('PRAGMA foreign_key_check').all()).results).toEqual([]);
    },
  );

  it('leave a mirror that goes on from where it was', async () => {
    await applyD1Migrations(env.DB, migrations.slice(0, 1));
    await firstReleaseData();
    await applyD1Migrations(env.DB, migrations);
    const harness = await createHarness({ historyStartAt: () => start });
    harness.nowMs = noonMs + hourMs;
    await harness.verifications(noonMs + minuteMs, noonMs + 2 * minuteMs);
    const report = await harness.sync();
    expect(report.streams[1]).toMatchObject({ outcome: 'completed', inserted: 2 });
    const rows = await mirroredVerifications();
    expect(rows.filter(({ id }) => id !== 'old')).toEqual(
      await trueVerifications(harness, noonMs, harness.nowMs),
    );
    expect(rows.find(({ id }) => id === 'old')).toMatchObject({
      merchantUserKey: 'member-1',
      atMs: noonMs - hourMs,
    });
  });
});
