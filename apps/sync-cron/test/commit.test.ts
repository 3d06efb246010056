import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredRow } from '../src/rows/record.ts';
import { createCommitter } from '../src/store/commit.ts';
import { type Database, d1Database } from '../src/store/database.ts';
import { createPersonCache } from '../src/store/person-cache.ts';
import { claimSlices, LEASE_MS, presentSlices, type Slice } from '../src/store/slice-store.ts';
import { snapshot } from './support/compare.ts';
import { people } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { hourMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

const database = d1Database(env.DB);

beforeEach(async () => {
  await emptyStores();
  await migrate();
  await env.DB.prepare(
    "INSERT INTO slices (stream, generation, kind, from_ms, to_ms, created_at) VALUES ('verifications', 0, 'forward', ?, ?, 0)",
  )
    .bind(noonMs - hourMs, noonMs)
    .run();
});

async function claim(nowMs: number): Promise<Slice> {
  const claimed = await claimSlices(database, {
    streams: ['verifications'],
    nowMs,
    except: [],
    limit: 4,
    ...presentSlices,
    impatient: false,
  });
  const [slice] = claimed;
  if (slice === undefined) throw new Error('nothing to claim');
  return slice;
}

async function committer(over: Database = database, sleeps: number[] = []) {
  const references = await people();
  return createCommitter({
    adopt: async () => {},
    database: over,
    people: references,
    known: createPersonCache(references),
    newId: () => crypto.randomUUID(),
    sleep: async (ms) => void sleeps.push(ms),
  });
}

function commitOf(
  slice: Slice,
  id: string,
  change: { requestedAt?: number; done?: boolean; status?: string; raw?: string | null } = {},
) {
  const { requestedAt = noonMs, done = false, status = 'SUCCESS', raw = null } = change;
  const stored: StoredRow = [
    id,
    null,
    status,
    null,
    null,
    'IPAD001',
    '{}',
    null,
    '2026-01-09T11:30:00',
    noonMs - hourMs / 2,
    raw,
  ];
  return {
    slice,
    records: [{ merchantUserKey: 'member-1', requestedAt, stored }],
    quarantined: [],
    pages: 1,
    fetched: 1,
    next: done ? ('done' as const) : { walkState: '{}' },
    zoneId: 1,
    nowMs: noonMs,
  };
}

const everything = () => snapshot('verifications', 'persons', 'commits', 'slices');

describe('a commit', () => {
  it('holds rows and checkpoint together, in four statements', async () => {
    const counted: number[] = [];
    const counting = d1Database(env.DB, (count) => counted.push(count));
    await (await committer(counting)).commit(commitOf(await claim(noonMs), 'a'));
    expect(counted).toEqual([4]);
    const { verifications, slices, commits } = await everything();
    expect([verifications?.length, commits?.length]).toEqual([1, 1]);
    expect(slices).toEqual([expect.objectContaining({ seq: 1, walk_state: '{}', state: 'open' })]);
  });

  it('of an owner whose lease was taken over changes nothing and says so', async () => {
    const first = await claim(noonMs);
    const second = await claim(noonMs + LEASE_MS);
    expect(second.epoch).toBe(first.epoch + 1);
    const before = await everything();
    const late = (await committer()).commit(commitOf(first, 'a'));
    await expect(late).rejects.toMatchObject({ name: 'LeaseLostError', code: 'lease_lost' });
    expect(await everything()).toEqual(before);
    await (await committer()).commit(commitOf(second, 'a'));
  });

  it('that starts from a point the slice has left changes nothing and says so', async () => {
    const slice = await claim(noonMs);
    await (await committer()).commit(commitOf(slice, 'a'));
    const before = await everything();
    const stale = (await committer()).commit(commitOf(slice, 'b'));
    await expect(stale).rejects.toMatchObject({ code: 'moved_on' });
    expect(await everything()).toEqual(before);
  });

  it('to a slice that is closed changes nothing', async () => {
    const slice = await claim(noonMs);
    const { slice: closed } = await (await committer()).commit(commitOf(slice, 'a', { done: true }));
    await expect((await committer()).commit(commitOf(closed, 'b'))).rejects.toMatchObject({
      code: 'lease_lost',
    });
  });

  it('whose answer was lost is recognised as done, not done twice', async () => {
    let lost = 0;
    const forgetful: Database = {
      async execute(statements) {
        const results = await database.execute(statements);
        if (statements.length > 1 && lost++ === 0) throw new Error('network connection lost');
        return results;
      },
    };
    const sleeps: number[] = [];
    const { slice } = await (await committer(forgetful, sleeps)).commit(commitOf(await claim(noonMs), 'a'));
    expect([slice.seq, sleeps.length]).toEqual([1, 1]);
    expect((await everything())['commits']).toHaveLength(1);
    await (await committer()).commit(commitOf(slice, 'b', { done: true }));
  });

  it('that failed in passing is tried again, and given up with its own error in the end', async () => {
    let failures = 2;
    const flaky: Database = {
      execute: (statements) =>
        failures-- > 0 ? Promise.reject(new Error('D1 is overloaded')) : database.execute(statements),
    };
    const slice = await claim(noonMs);
    const { slice: committed } = await (await committer(flaky)).commit(commitOf(slice, 'a'));
    failures = 99;
    await expect((await committer(flaky)).commit(commitOf(committed, 'b'))).rejects.toThrow(
      'D1 is overloaded',
    );
    expect((await everything())['verifications']).toHaveLength(1);
  });

  it('lets the later request win, in whatever order answers arrive', async () => {
    let { slice } = await (await committer()).commit(
      commitOf(await claim(noonMs), 'a', { requestedAt: noonMs, status: 'NEWER' }),
    );
    ({ slice } = await (await committer()).commit(
      commitOf(slice, 'a', { requestedAt: noonMs - 1, status: 'OLDER' }),
    ));
    const status = async () =>
      (await env.DB.prepare('SELECT status, revision FROM verifications').all()).results;
    expect(await status()).toEqual([{ status: 'NEWER', revision: 0 }]);
    await (await committer()).commit(commitOf(slice, 'a', { requestedAt: noonMs + 1, status: 'NEWEST' }));
    expect(await status()).toEqual([{ status: 'NEWEST', revision: 1 }]);
  });

  it('of rows that several requests brought keeps of each when it was asked for, and its own unknown fields', async () => {
    const slice = await claim(noonMs);
    const [first, second] = [
      commitOf(slice, 'a', { raw: '{"zeta":1}' }),
      commitOf(slice, 'b', { requestedAt: noonMs + 1 }),
    ];
    const both = { ...first, records: [...first.records, ...second.records], fetched: 2 };
    await (await committer()).commit(both);
    const rows = 'SELECT id, fetched_at, verified_at, raw FROM verifications ORDER BY id';
    expect((await env.DB.prepare(rows).all()).results).toEqual([
      { id: 'a', fetched_at: noonMs, verified_at: noonMs - hourMs / 2, raw: '{"zeta":1}' },
      { id: 'b', fetched_at: noonMs + 1, verified_at: noonMs - hourMs / 2, raw: null },
    ]);
  });

  it('of a row that has lost its unknown fields drops them', async () => {
    const { slice } = await (await committer()).commit(
      commitOf(await claim(noonMs), 'a', { raw: '{"zeta":1}' }),
    );
    await (await committer()).commit(commitOf(slice, 'a', { requestedAt: noonMs + 1 }));
    const rows = 'SELECT fetched_at, raw, revision FROM verifications';
    expect((await env.DB.prepare(rows).all()).results).toEqual([
      { fetched_at: noonMs + 1, raw: null, revision: 1 },
    ]);
  });

  it('of unchanged rows writes its checkpoint alone', async () => {
    const run = await committer();
    const { slice } = await run.commit(commitOf(await claim(noonMs), 'a'));
    const again = await run.commit(commitOf(slice, 'a', { requestedAt: noonMs + hourMs }));
    expect([again.inserted, again.updated, again.rowsWritten]).toEqual([0, 0, 2]);
  });
});
