import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { budgets } from '../src/sync/budget.ts';
import {
  mirroredRegistrations,
  mirroredVerifications,
  snapshot,
  trueRegistrations,
  trueVerifications,
} from './support/compare.ts';
import { countingDatabase } from './support/counting-database.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs, secondMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

const mirrorTables = ['verifications', 'registrations', 'persons', 'quarantine', 'tombstones'];

let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
});

async function expectTruth(): Promise<void> {
  const from = noonMs - 2 * dayMs;
  expect(await mirroredVerifications()).toEqual(await trueVerifications(harness, from, harness.nowMs));
  expect(await mirroredRegistrations()).toEqual(await trueRegistrations(harness, from, harness.nowMs));
}

describe('a sync', () => {
  it('mirrors both histories completely, people sealed', async () => {
    await harness.facepass.control.run('records/verifications', {
      generate: {
        count: 437,
        fromMs: noonMs - dayMs,
        toMs: noonMs - hourMs,
        resultCodes: ['FACE_NOT_FOUND', 'UNKNOWN_ERROR'],
      },
    });
    await harness.facepass.control.run('records/registrations', {
      generate: { count: 53, fromMs: noonMs - dayMs, toMs: noonMs - hourMs },
    });
    const report = await harness.sync();
    expect(report.streams).toMatchObject([
      { stream: 'registrations', outcome: 'completed', inserted: 53, completeUntil: noonMs, error: null },
      { stream: 'verifications', outcome: 'completed', inserted: 437, completeUntil: noonMs, error: null },
    ]);
    await expectTruth();
    const everything = JSON.stringify(await snapshot(...mirrorTables, 'slices', 'commits', 'runs'));
    expect(everything).not.toMatch(/member-\d/);
  });

  it('changes nothing the second time, and writes no row of the mirror', async () => {
    await harness.verifications(noonMs - hourMs, noonMs - minuteMs, noonMs);
    await harness.sync();
    const before = await snapshot(...mirrorTables);
    harness.nowMs += 5 * minuteMs;
    const counted = countingDatabase(env.DB);
    const report = await (await harness.mirror({}, { DB: counted.database })).sync('request');
    expect(report.streams.map(({ inserted, updated }) => [inserted, updated])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(await snapshot(...mirrorTables)).toEqual(before);
    // Two new slices and two re-walks planned, leased, fenced and closed, two plans, and the run: checkpoints only.
    expect(counted.rowsWritten).toBeLessThanOrEqual(60);
  });

  it('takes up what happened since, and nothing between two runs is lost or doubled', async () => {
    for (let run = 0; run < 4; run++) {
      await harness.verifications(harness.nowMs - secondMs, harness.nowMs, harness.nowMs + secondMs);
      await harness.sync();
      harness.nowMs += 2 * secondMs;
    }
    await harness.sync();
    await expectTruth();
  });

  it('updates a row whose audit was decided', async () => {
    await harness.become({ auditChange: 'update-and-move' });
    await harness.facepass.control.run('registrations/enrol', {
      merchantUserKey: 'member-1',
      auditStatus: 'WAITING',
    });
    await harness.sync();
    harness.nowMs += hourMs;
    await harness.facepass.control.run('registrations/audit', {
      merchantUserKey: 'member-1',
      auditStatus: 'SUCCESS',
    });
    const report = await harness.sync();
    expect(report.streams[0]).toMatchObject({ inserted: 0, updated: 1 });
    await expectTruth();
  });

  it('goes on from its checkpoint after it was killed in the middle of a slice', async () => {
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 3_000, fromMs: noonMs - hourMs, toMs: noonMs - minuteMs },
    });
    let answered = 0;
    const killed = harness.sync({
      fetch: (request) => {
        if (request.url.endsWith('face-verify-history') && ++answered > 20) throw new KilledError();
        return harness.facepass.fetch(request);
      },
      sleep: () => Promise.reject(new KilledError()),
    });
    await expect(killed).rejects.toThrow(KilledError);
    const first = (await mirroredVerifications()).length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(3_000);

    harness.nowMs += 5 * minuteMs;
    const report = await harness.sync();
    expect(report.streams[1]).toMatchObject({ outcome: 'completed', inserted: 3_000 - first });
    await expectTruth();
  });

  it('sets unreadable rows aside once, sealed, and mirrors the rest', async () => {
    await harness.verifications(noonMs - hourMs, noonMs - minuteMs);
    const broken = {
      id: null,
      merchantUserKey: 'member-broken',
      verifyTs: 'yesterday',
      status: 'SUCCESS',
      deviceId: 'x',
    };
    const spoil = async (request: Request): Promise<Response> => {
      const response = await harness.facepass.fetch(request);
      if (!request.url.endsWith('face-verify-history')) return response;
      const body = (await response.json()) as { success: { items: unknown[] } }; // the simulator's own answer
      body.success.items.splice(1, 0, broken, 'not a row');
      return Response.json(body);
    };
    const report = await harness.sync({ fetch: spoil });
    expect(report.streams[1]).toMatchObject({ outcome: 'completed', inserted: 2 });
    await expectTruth();
    const { results } = await env.DB.prepare('SELECT reason, sealed FROM quarantine ORDER BY reason').all();
    expect(results.map(({ reason }) => reason)).toEqual(['not an object', 'unreadable id']);
    expect(JSON.stringify([results, harness.log])).not.toContain('member-broken');
    expect(harness.log).toContainEqual(
      expect.objectContaining({ level: 'alert', event: 'sync.quarantined' }),
    );
  });

  it('sets aside rows that together are larger than a parameter, and one larger than a text may be', async () => {
    await harness.verifications(noonMs - hourMs);
    const huge = Array.from({ length: 6 }, (_, index) => ({ id: null, index, photo: '가'.repeat(400_000) }));
    const fetch = async (request: Request): Promise<Response> => {
      const response = await harness.facepass.fetch(request);
      if (!request.url.endsWith('face-verify-history')) return response;
      const body = (await response.json()) as { success: { items: object[] } }; // the simulator's own answer
      const { items } = body.success;
      return Response.json({
        ...body,
        success: { ...body.success, items: items.length > 0 ? [...items, ...huge] : [] },
      });
    };
    const report = await harness.sync({ fetch });
    expect(report.streams.map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    expect((await snapshot('quarantine'))['quarantine']).toHaveLength(6);
  });

  it('keeps values and fields it has never heard of, but nothing personal among them', async () => {
    await harness.facepass.control.run('records/verifications', {
      items: [
        { atMs: noonMs - hourMs, status: 'MAYBE', resultCode: 'NEW_CODE', merchantUserKey: 'member-1' },
      ],
    });
    const enrich = async (request: Request): Promise<Response> => {
      const response = await harness.facepass.fetch(request);
      if (!request.url.endsWith('face-verify-history')) return response;
      const body = (await response.json()) as { success: { items: object[] } }; // the simulator's own answer
      const items = body.success.items.map((item) => ({
        ...item,
        zScore: 3,
        memberName: '홍길동',
        detail: { phoneNumber: '01012341234', angle: 4 },
      }));
      return Response.json({ ...body, success: { ...body.success, items } });
    };
    await harness.sync({ fetch: enrich });
    const { results } = await env.DB.prepare('SELECT status, result_code, raw FROM verifications').all();
    expect(results).toEqual([
      { status: 'MAYBE', result_code: 'NEW_CODE', raw: '{"detail":{"angle":4},"zScore":3}' },
    ]);
  });

  it('stays within the free plan, stops cleanly and finishes over several runs', async () => {
    await harness.verifications(...Array.from({ length: 40 }, (_, hour) => noonMs - hour * hourMs));
    const limits = { ...budgets.free, subrequests: 20 };
    const outcomes: string[] = [];
    for (let run = 0; run < 30 && outcomes.at(-1) !== 'completed'; run++) {
      const counted = countingDatabase(env.DB);
      harness.requests.length = 0;
      const report = await (await harness.mirror({ limits }, { DB: counted.database })).sync('cron');
      expect(counted.statements).toBeLessThanOrEqual(50);
      expect(harness.requests.length).toBeLessThanOrEqual(20);
      outcomes.push(report.streams[1]?.outcome ?? '');
    }
    expect(outcomes[0]).toBe('partial');
    expect(outcomes.at(-1)).toBe('completed');
    await harness.sync({ limits });
    await expectTruth();
  });

  it('parks a stream whose credentials are refused, says so, and goes on by itself once they are right', async () => {
    await harness.verifications(noonMs - hourMs);
    const refusing = () => Promise.resolve(Response.json({ error: 'invalid_client' }, { status: 401 }));
    const report = await harness.sync({ fetch: refusing });
    expect(report.streams.map(({ outcome, error }) => [outcome, error?.code])).toEqual([
      ['failed', 'auth_error'],
      ['failed', 'auth_error'],
    ]);
    const parked = await env.DB.prepare(
      'SELECT count(*) AS n FROM streams WHERE parked_at IS NOT NULL',
    ).first();
    expect(parked).toEqual({ n: 2 });
    harness.nowMs += minuteMs;
    expect((await harness.sync()).streams.map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    expect(await env.DB.prepare('SELECT parked_code FROM streams').all()).toMatchObject({
      results: [{ parked_code: null }, { parked_code: null }],
    });
    await expectTruth();
  });

  it('lets two runs at once share the work without losing or doubling any', async () => {
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 2_500, fromMs: noonMs - dayMs, toMs: noonMs - minuteMs },
    });
    await Promise.all([harness.sync(), harness.sync()]);
    await harness.sync();
    await expectTruth();
  });

  it('keeps its slices however slowly FacePass answers', async () => {
    await harness.become({ maxPageSize: 10 });
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 300, fromMs: noonMs - 5 * hourMs, toMs: noonMs - hourMs },
    });
    const fetch = async (request: Request): Promise<Response> => {
      const { results } = await env.DB.prepare(
        "SELECT id FROM slices WHERE state = 'open' AND lease_until > 0 AND lease_until <= ?1",
      )
        .bind(harness.nowMs)
        .all();
      expect(results).toEqual([]);
      harness.nowMs += 20 * secondMs;
      return await harness.facepass.fetch(request);
    };
    await harness.sync({ fetch, limits: { ...budgets.paid, workers: 1, wallMs: dayMs } });
    await expectTruth();
  });

  it('takes a slice over from a run whose lease ended, and the late commit of that run changes nothing', async () => {
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 1_500, fromMs: noonMs - hourMs, toMs: noonMs - minuteMs },
    });
    let overtaken = false;
    const slow = async (request: Request): Promise<Response> => {
      const response = await harness.facepass.fetch(request);
      if (!overtaken && request.url.endsWith('face-verify-history')) {
        overtaken = true;
        harness.nowMs += 10 * minuteMs;
        await harness.sync();
      }
      return response;
    };
    const late = await harness.sync({ fetch: slow });
    expect(late.streams[1]?.error).toBeNull();
    await harness.sync();
    await expectTruth();
  });
});

class KilledError extends Error {
  override readonly name = 'KilledError';
}
