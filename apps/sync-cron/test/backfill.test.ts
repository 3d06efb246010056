import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { BudgetLimits } from '../src/sync/budget.ts';
import { clearMirror } from './support/clear.ts';
import { mirroredVerifications, trueVerifications } from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

const oldest = noonMs - 12 * dayMs;
let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness({ historyStartAt: () => noonMs - dayMs });
  await harness.facepass.control.run('records/verifications', {
    generate: { count: 200, fromMs: oldest, toMs: noonMs },
  });
  await harness.sync();
});

async function verificationsAre(fromMs: number): Promise<void> {
  expect(await mirroredVerifications()).toEqual(await trueVerifications(harness, fromMs, harness.nowMs));
}

/** What is mirrored since an instant is what FacePass has since then, whatever there is of older rows. */
async function verificationsSince(fromMs: number): Promise<void> {
  const kept = (await mirroredVerifications()).filter(({ atMs }) => atMs >= fromMs);
  expect(kept).toEqual(await trueVerifications(harness, fromMs, harness.nowMs));
}

const small = { subrequests: 26, queries: 200, wallMs: minuteMs, workers: 4 };

/** A turn of what the Workflows do: the newest month with something left, as far as `limits` reach. */
async function turn(limits?: BudgetLimits): Promise<string | null> {
  const { backfill } = await harness.mirror(limits === undefined ? {} : { limits });
  const month = await backfill.nextMonth();
  if (month !== null) await backfill.turn(month);
  return month;
}

async function readAll(): Promise<void> {
  while ((await turn()) !== null);
}

const progressOf = async () => (await (await harness.mirror()).backfill.progress())[1];

describe('a backfill', () => {
  it('is read month by month, from new to old, and says how far it is', async () => {
    const { backfill } = await harness.mirror();
    expect((await backfill.progress()).map(({ state }) => state)).toEqual(['none', 'none']);
    await backfill.start(oldest);
    await backfill.start(oldest);
    const complete: number[] = [];
    const months: string[] = [];
    for (;;) {
      harness.nowMs += 5 * minuteMs;
      const month = await turn(small);
      if (month === null) break;
      if (month !== months.at(-1)) months.push(month);
      const progress = await progressOf();
      complete.push(progress?.completeFrom ?? 0);
      if (progress?.state === 'done') continue;
      expect(progress).toMatchObject({ state: 'running', slices: 22, rebuild: false });
      if ((progress?.slicesDone ?? 0) > 0) expect(progress?.etaMs).toBeGreaterThan(0);
    }
    expect(months).toEqual(['2026-01', '2025-12']);
    expect(complete.length).toBeGreaterThan(2);
    expect(complete).toEqual(complete.toSorted((a, b) => b - a));
    expect(complete.at(-1)).toBe(oldest);
    expect(await progressOf()).toMatchObject({ state: 'done', etaMs: null });
    await verificationsAre(oldest);
  });

  it('is planned for the generation that is read, though a rebuild changes over at that moment', async () => {
    await (await harness.mirror()).backfill.rebuild();
    await readAll();
    let contacts = 0;
    const halting = new Proxy(env.DB, {
      get(target, key) {
        if (key !== 'batch') return Reflect.get(target, key);
        return async (statements: D1PreparedStatement[]) => {
          // Between what it reads and what it writes.
          if (contacts++ === 1) {
            while ((await (await harness.mirror()).backfill.conclude()) !== 'done');
          }
          return await target.batch(statements);
        };
      },
    });
    const { backfill } = await harness.mirror({}, { ...env, DB: halting });
    contacts = 0;
    await backfill.start(oldest);
    expect(contacts).toBeGreaterThan(2);
    await readAll();
    await verificationsAre(oldest);
  });

  it('expects to need what the last hour’s pace says, whatever was read long before', async () => {
    await (await harness.mirror()).backfill.start(noonMs - 2 * dayMs);
    await readAll();
    harness.nowMs += 100 * dayMs;
    const startedAt = harness.nowMs;
    await (await harness.mirror()).backfill.start(oldest);
    harness.nowMs += 10 * minuteMs;
    await turn(small);
    const progress = await progressOf();
    const left = 20 - ((progress?.slicesDone ?? 0) - 2);
    expect(progress?.etaMs).toBe(Math.round((left / (20 - left)) * (harness.nowMs - startedAt)));
  });

  it('is left alone by scheduled runs, which have the present to read', async () => {
    await (await harness.mirror()).backfill.start(oldest);
    harness.nowMs += 5 * minuteMs;
    await harness.verifications(harness.nowMs);
    harness.nowMs += minuteMs;
    const report = await harness.sync({ limits: { ...small, subrequests: 14 } });
    expect(report.streams.map(({ outcome, completeUntil }) => [outcome, completeUntil])).toEqual([
      ['completed', harness.nowMs],
      ['completed', harness.nowMs],
    ]);
    expect(await progressOf()).toMatchObject({ state: 'running', slicesDone: 0 });
  });

  it('is where a first run puts what lies more than a week back', async () => {
    await clearMirror();
    await harness.sync({}, { historyStartAt: () => oldest });
    expect(await progressOf()).toMatchObject({ state: 'running', completeFrom: noonMs - 7 * dayMs });
    await verificationsSince(noonMs - 7 * dayMs);
    await readAll();
    await verificationsAre(oldest);
  });

  it('rests while it is paused, and goes on when it is resumed', async () => {
    const { backfill } = await harness.mirror();
    await backfill.start(oldest);
    await backfill.pause();
    expect(await (await harness.mirror()).backfill.turn('2026-01')).toEqual({ state: 'paused', waitMs: 0 });
    expect(await progressOf()).toMatchObject({ state: 'paused', slicesDone: 0, etaMs: null });
    await backfill.resume();
    await readAll();
    expect(await progressOf()).toMatchObject({ state: 'done', slicesDone: 22, etaMs: null });
    await verificationsAre(oldest);
  });

  it('waits where FacePass fails, for as long as its slices do', async () => {
    const { backfill } = await harness.mirror({
      fetch: () => Promise.resolve(new Response('', { status: 500 })),
    });
    await backfill.start(noonMs - 2 * dayMs);
    const left = await backfill.turn('2026-01');
    expect(left.state).toBe('open');
    expect(left.waitMs).toBeGreaterThan(0);
    harness.nowMs += left.waitMs;
    await readAll();
    await verificationsAre(noonMs - 2 * dayMs);
  });

  it('looks again soon at what another reader holds, which may be given back long before its lease is over', async () => {
    const { backfill } = await harness.mirror();
    await backfill.start(noonMs - 2 * dayMs);
    await env.DB.prepare("UPDATE slices SET lease_until = ?1 WHERE kind = 'backfill'")
      .bind(harness.nowMs + 2 * minuteMs)
      .run();
    expect(await backfill.turn('2026-01')).toEqual({ state: 'open', waitMs: 10_000 });
    await env.DB.prepare("UPDATE slices SET lease_until = 0, state = 'done' WHERE kind = 'backfill'").run();
    harness.nowMs += 10_000;
    expect(await (await harness.mirror()).backfill.turn('2026-01')).toEqual({ state: 'done', waitMs: 0 });
  });

  it('keeps what it has read when it is cancelled, and can be begun again', async () => {
    const { backfill } = await harness.mirror();
    await backfill.start(oldest);
    harness.nowMs += 5 * minuteMs;
    await turn(small);
    await backfill.cancel();
    const completeFrom = (await progressOf())?.completeFrom ?? 0;
    expect(completeFrom).toBeGreaterThan(oldest);
    await verificationsSince(completeFrom);
    expect(await turn()).toBeNull();
    expect((await progressOf())?.completeFrom).toBe(completeFrom);
    await backfill.start(oldest);
    await readAll();
    await verificationsAre(oldest);
  });

  it('is proven afterwards, down to its oldest row', async () => {
    await (await harness.mirror()).backfill.start(noonMs - 4 * dayMs);
    await readAll();
    for (let run = 0; run < 24; run++) {
      harness.nowMs += 2 * hourMs;
      await harness.sync();
    }
    const proven = await env.DB.prepare(
      "SELECT min(from_ms) AS from_ms, sum(row_count) AS n, sum(lacked + changed + missing) AS drift FROM proofs WHERE stream = 'verifications'",
    ).first();
    const until = await env.DB.prepare(
      "SELECT max(to_ms) AS to_ms FROM proofs WHERE stream = 'verifications'",
    ).first<{ to_ms: number }>();
    const rows = await trueVerifications(harness, noonMs - 4 * dayMs, (until?.to_ms ?? 0) - 1);
    expect(proven).toEqual({ from_ms: noonMs - 4 * dayMs, n: rows.length, drift: 0 });
  });

  it('is proven in pieces that a proof can hold, however dense it is', async () => {
    const dense = noonMs - dayMs - 2 * hourMs;
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 25_000, fromMs: dense, toMs: dense + hourMs },
    });
    await harness.become({ maxPageSize: 1_000 });
    await (await harness.mirror()).backfill.start(dense - hourMs);
    await readAll();
    for (let run = 0; run < 12; run++) {
      harness.nowMs += 3 * hourMs;
      await harness.sync();
    }
    const { results } = await env.DB.prepare(
      "SELECT from_ms, to_ms, row_count AS n FROM proofs WHERE stream = 'verifications' AND to_ms <= ? ORDER BY from_ms",
    )
      .bind(noonMs - dayMs)
      .all<{ from_ms: number; to_ms: number; n: number }>();
    expect(Math.max(...results.map(({ n }) => n))).toBeLessThanOrEqual(20_000);
    expect(results.length).toBeGreaterThan(1);
    expect(results[0]?.from_ms).toBe(dense - hourMs);
    for (const [index, { from_ms }] of results.entries()) {
      if (index > 0) expect(from_ms).toBe(results[index - 1]?.to_ms);
    }
  });
});
