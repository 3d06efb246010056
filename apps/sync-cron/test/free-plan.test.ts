import { createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { generateWebhookSecret } from '@facepass-kit/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { budgets } from '../src/sync/budget.ts';
import { mirroredVerifications } from './support/compare.ts';
import { countingDatabase } from './support/counting-database.ts';
import { decision, people } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

/** What Cloudflare's free plan lets one invocation do. */
const FREE = { statements: 50, requests: 50 };
const alertWebhook = { url: 'https://alerts.test/hook', secret: generateWebhookSecret() };
let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness({ historyStartAt: () => noonMs - dayMs });
});

describe('a scheduled run on the free plan', () => {
  it('does all its pieces of work within fifty statements and fifty requests, and gets through a backlog', async () => {
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 300, fromMs: noonMs - dayMs, toMs: noonMs },
    });
    const bodies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        decision(`d${index}`, `member-${index}`, { at: noonMs - index * hourMs }),
      ),
    );
    const leavers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const { hmac, sealed } = await (await people()).of(`left-${index}`);
        return { person: hmac, sealed, status: 'erased' as const, since: noonMs - dayMs, validUntil: null };
      }),
    );
    const before = await harness.mirror();
    await before.consumeDecisions(
      createMessageBatch(
        'facepass-decisions',
        bodies.map((body) => ({ id: body.id, timestamp: noonMs, attempts: 1, body })),
      ),
    );
    await before.leavers.feed.note({ after: 0, through: 1, standings: leavers });

    for (let run = 0; run < 40; run++) {
      const counting = countingDatabase(env.DB);
      const sent = harness.requests.length;
      const mirror = await harness.mirror(
        { limits: budgets.free },
        { ...env, DB: counting.database },
        { alertWebhook, plan: 'free', archiveAfterMonths: 1 },
      );
      await mirror.sync('cron');
      await mirror.reconciler.due();
      await mirror.askLeavers();
      await mirror.archive();
      await mirror.deliverAlerts();
      expect(counting.statements, `statements of run ${run}`).toBeLessThanOrEqual(FREE.statements);
      expect(harness.requests.length - sent, `requests of run ${run}`).toBeLessThanOrEqual(FREE.requests);
      harness.nowMs += 5 * minuteMs;
    }
    const { streams, leavers: left } = await before.status.status();
    expect(streams.every(({ lagMs }) => (lagMs ?? dayMs) < hourMs)).toBe(true);
    expect(left).toEqual({ gone: 20 });
    const compared = await env.DB.prepare('SELECT count(*) AS hours FROM reconciliations').first<{
      hours: number;
    }>();
    expect(compared?.hours).toBeGreaterThan(15);
  });
});

describe('a range that FacePass refuses, on the free plan', () => {
  it('keeps no other range from being read', async () => {
    const refusedAt = noonMs - 20 * hourMs;
    await harness.verifications(refusedAt, noonMs - 2 * hourMs);
    const instant = (wallClock: string): number => Date.parse(`${wallClock}+09:00`);
    const fetch = async (request: Request): Promise<Response> => {
      if (!request.url.endsWith('face-verify-history')) return await harness.facepass.fetch(request);
      const { startTs, endTs } = (await request.clone().json()) as { startTs: string; endTs: string };
      const isRefused = instant(startTs) <= refusedAt && instant(endTs) >= refusedAt;
      const error = { errorCode: 'INTERNAL', reason: '' };
      return isRefused
        ? Response.json({ resultType: 'FAIL', success: null, error })
        : await harness.facepass.fetch(request);
    };
    for (let run = 0; run < 8; run++) {
      await harness.sync({ fetch, limits: budgets.free });
      harness.nowMs += 5 * minuteMs;
    }
    expect((await mirroredVerifications()).map(({ atMs }) => atMs)).toEqual([noonMs - 2 * hourMs]);
  });
});

describe('a proof on the free plan', () => {
  it('comes to its end though a run reads only a part of it, and keeps nothing new waiting', async () => {
    await harness.become({ maxPageSize: 10 });
    const fromMs = noonMs - 20 * hourMs;
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 700, fromMs, toMs: fromMs + 3 * hourMs },
    });
    for (let run = 0; run < 40; run++) {
      await harness.sync({ limits: budgets.free });
      harness.nowMs += run === 9 ? 8 * hourMs : 5 * minuteMs;
    }
    const proven = await env.DB.prepare(
      "SELECT sum(row_count) AS rows, sum(missing) AS missing FROM proofs WHERE stream = 'verifications' AND from_ms < ?1",
    )
      .bind(fromMs + 3 * hourMs)
      .first();
    expect(proven).toEqual({ rows: 700, missing: 0 });

    await harness.verifications(harness.nowMs - 10 * minuteMs);
    await harness.sync({ limits: budgets.free });
    expect(await mirroredVerifications()).toHaveLength(701);
  });
});

describe('a sweep on the free plan', () => {
  it('unregisters as many as fit into fifty statements, and the rest in the next', async () => {
    const standings = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const merchantUserKey = `left-${index}`;
        await harness.facepass.control.run('registrations/enrol', { merchantUserKey });
        const { hmac, sealed } = await (await people()).of(merchantUserKey);
        return {
          person: hmac,
          sealed,
          status: 'suspended' as const,
          since: noonMs - 30 * dayMs,
          validUntil: null,
        };
      }),
    );
    const before = await harness.mirror();
    await before.leavers.feed.note({ after: 0, through: 1, standings });
    expect(await before.askLeavers()).toBe(8);
    let unregistered = 0;
    for (let run = 0; run < 8 && unregistered < 8; run++) {
      const counting = countingDatabase(env.DB);
      const mirror = await harness.mirror(
        { limits: budgets.free },
        { ...env, DB: counting.database },
        { plan: 'free', leaverSweep: 'unregister', erasedKeyMs: 0 },
      );
      const swept = await mirror.sweepLeavers(async (asked) =>
        standings.filter(({ person }) => asked.includes(person)),
      );
      unregistered += swept.unregistered;
      expect(counting.statements, `statements of sweep ${run}`).toBeLessThanOrEqual(FREE.statements);
      harness.nowMs += 5 * minuteMs;
    }
    expect(unregistered).toBe(8);
  });
});
