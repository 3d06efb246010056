import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { mirroredVerifications, trueVerifications } from './support/compare.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

const oldest = noonMs - 12 * dayMs;
let harness: Harness;

beforeEach(async () => {
  await reset();
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

const small = { subrequests: 26, queries: 200, wallMs: minuteMs, workers: 4 };

describe('a backfill', () => {
  it('is read in the course of the usual runs, from new to old, and says how far it is', async () => {
    const { backfill } = await harness.mirror();
    expect((await backfill.progress()).map(({ state }) => state)).toEqual(['none', 'none']);
    await backfill.start(oldest);
    await backfill.start(oldest);
    const complete: number[] = [];
    for (let run = 0; run < 20; run++) {
      harness.nowMs += 5 * minuteMs;
      await harness.sync({ limits: small });
      const progress = (await backfill.progress())[1];
      complete.push(progress?.completeFrom ?? 0);
      if (progress?.state === 'done') break;
      expect(progress).toMatchObject({ state: 'running', slices: 22 });
      if ((progress?.slicesDone ?? 0) > 0) expect(progress?.etaMs).toBeGreaterThan(0);
    }
    expect(complete.length).toBeGreaterThan(2);
    expect(complete).toEqual(complete.toSorted((a, b) => b - a));
    expect(complete.at(-1)).toBe(oldest);
    await verificationsAre(oldest);
  });

  it('does not hold up the present', async () => {
    await (await harness.mirror()).backfill.start(oldest);
    harness.nowMs += 5 * minuteMs;
    await harness.verifications(harness.nowMs);
    harness.nowMs += minuteMs;
    const report = await harness.sync({ limits: { ...small, subrequests: 14 } });
    expect(report.streams.map(({ outcome, completeUntil }) => [outcome, completeUntil])).toEqual([
      ['completed', harness.nowMs],
      ['completed', harness.nowMs],
    ]);
  });

  it('rests while it is paused, and goes on when it is resumed', async () => {
    const { backfill } = await harness.mirror();
    await backfill.start(oldest);
    await backfill.pause();
    harness.nowMs += 5 * minuteMs;
    await harness.sync();
    expect((await backfill.progress())[1]).toMatchObject({ state: 'paused', slicesDone: 0 });
    await backfill.resume();
    await harness.sync();
    expect((await backfill.progress())[1]).toMatchObject({ state: 'done', slicesDone: 22, etaMs: null });
    await verificationsAre(oldest);
  });

  it('keeps what it has read when it is cancelled, and can be begun again', async () => {
    const { backfill } = await harness.mirror();
    await backfill.start(oldest);
    harness.nowMs += 5 * minuteMs;
    await harness.sync({ limits: small });
    await backfill.cancel();
    const completeFrom = (await backfill.progress())[1]?.completeFrom ?? 0;
    expect(completeFrom).toBeGreaterThan(oldest);
    const kept = (await mirroredVerifications()).filter(({ atMs }) => atMs >= completeFrom);
    expect(kept).toEqual(await trueVerifications(harness, completeFrom, harness.nowMs));
    harness.nowMs += 5 * minuteMs;
    await harness.sync();
    expect((await backfill.progress())[1]?.completeFrom).toBe(completeFrom);
    await backfill.start(oldest);
    await harness.sync();
    await verificationsAre(oldest);
  });

  it('is proven afterwards, down to its oldest row', async () => {
    await (await harness.mirror()).backfill.start(noonMs - 4 * dayMs);
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
});
