/** The cases that engines of this kind are accepted by: what readers of such mirrors have been bitten by. */
import { env } from 'cloudflare:workers';
import type { VerificationItem } from '@facepass-kit/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { mirroredVerifications, snapshot, trueVerifications } from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs, secondMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

const start = noonMs - 12 * hourMs;
let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness({ historyStartAt: () => start });
});

async function generate(count: number): Promise<void> {
  if (count === 0) return;
  const fromMs = start + minuteMs;
  await harness.facepass.control.run('records/verifications', {
    generate: { count, fromMs, toMs: noonMs - minuteMs },
  });
}

async function expectTruth(): Promise<void> {
  expect(await mirroredVerifications()).toEqual(await trueVerifications(harness, start, harness.nowMs));
}

/** FacePass with its verification pages changed on the way. */
function changing(change: (success: { items: VerificationItem[] }) => object) {
  return async (request: Request): Promise<Response> => {
    const response = await harness.facepass.fetch(request);
    if (!request.url.endsWith('face-verify-history')) return response;
    const body = (await response.json()) as { success: { items: VerificationItem[] } }; // the simulator's own answer
    return Response.json({ ...body, success: { ...body.success, ...change(body.success) } });
  };
}

describe('a connection', () => {
  it('that is good is told by a completed run, over nothing at all too', async () => {
    expect((await harness.sync()).streams.map(({ outcome, error }) => [outcome, error])).toEqual([
      ['completed', null],
      ['completed', null],
    ]);
  });

  it.each([
    [
      'whose credentials are refused',
      () => Response.json({ error: 'invalid_client' }, { status: 401 }),
      'auth_error',
    ],
    ['that is no API', () => new Response('<html>'), 'protocol_not_json'],
    ['that does not answer', () => Response.error(), 'connection_error'],
  ])('%s is told by a failed one, and nothing passes for mirrored', async (_, answer, code) => {
    const report = await harness.sync({
      fetch: async () => {
        const response = answer();
        if (response.type === 'error') throw new TypeError('network connection lost');
        return response;
      },
    });
    expect(report.streams.map(({ outcome, error }) => [outcome, error?.code])).toEqual([
      ['failed', code],
      ['failed', code],
    ]);
    expect(report.streams.map(({ completeUntil }) => completeUntil)).toEqual([null, null]);
  });

  it('that lets only the newest token live serves all slices at once', async () => {
    await generate(40);
    await harness.become({ tokenReissue: 'fresh-revokes', tokenLifetimeSeconds: 604_800 });
    await harness.sync();
    await harness.facepass.control.run('tokens/revoke', {});
    harness.nowMs += 26 * hourMs;
    await harness.verifications(harness.nowMs - hourMs, harness.nowMs - 14 * hourMs);
    const report = await harness.sync();
    expect(report.streams.map(({ outcome, error }) => [outcome, error])).toEqual([
      ['completed', null],
      ['completed', null],
    ]);
    expect(report.streams.every(({ slices }) => slices > 1)).toBe(true);
    await expectTruth();
  });
});

describe('full reads', () => {
  it.each([0, 1, 10, 11, 25_000])('of %i records are complete', async (count) => {
    await harness.become({ maxPageSize: 1_000 });
    await generate(count);
    const report = await harness.sync();
    expect(report.streams[1]).toMatchObject({ outcome: 'completed', inserted: count });
    await expectTruth();
  });

  it('twice are equal, and the second emits nothing', async () => {
    await generate(300);
    await harness.sync();
    const first = await snapshot('verifications', 'persons');
    await env.DB.prepare('UPDATE generations SET planned_from = NULL, planned_until = NULL').run();
    const report = await harness.sync();
    expect(report.streams[1]).toMatchObject({ fetched: 300, inserted: 0, updated: 0, unchanged: 300 });
    expect(await snapshot('verifications', 'persons')).toEqual(first);
  });
});

describe('state', () => {
  it('from the future yields nothing and breaks nothing', async () => {
    await generate(20);
    await harness.sync();
    harness.nowMs -= 2 * hourMs;
    const report = await harness.sync();
    expect(report.streams[1]).toMatchObject({ inserted: 0, updated: 0, outcome: 'completed' });
  });

  it.each([1, 2, 3])('of %i runs ago, put back, leads to the same mirror', async (ago) => {
    await generate(60);
    const plans: D1Result<{ planned_until: number; rewalks: string }>[] = [];
    for (let run = 0; run < 4; run++) {
      await harness.sync();
      plans.unshift(await env.DB.prepare("SELECT * FROM generations WHERE stream = 'verifications'").all());
      harness.nowMs += 5 * minuteMs;
      await harness.verifications(harness.nowMs - secondMs);
    }
    const [plan] = plans[ago]?.results ?? [];
    await env.DB.prepare(
      "UPDATE generations SET planned_until = ?, rewalks = ? WHERE stream = 'verifications'",
    )
      .bind(plan?.planned_until, plan?.rewalks)
      .run();
    await harness.sync();
    await expectTruth();
  });

  it('of a run whose clock was days ahead keeps nothing from being read when it is right again', async () => {
    await harness.sync();
    harness.nowMs += 5 * dayMs;
    await harness.sync();
    harness.nowMs -= 5 * dayMs;
    for (let run = 0; run < 3; run++) {
      harness.nowMs += 5 * minuteMs;
      await harness.verifications(harness.nowMs - minuteMs);
      await harness.sync();
    }
    await expectTruth();
  });

  it('skips ranges that are finished when a run resumes', async () => {
    await generate(100);
    const limits = { subrequests: 6, queries: 900, wallMs: minuteMs, workers: 4 };
    await harness.sync({ limits });
    const done = await env.DB.prepare("SELECT id, epoch FROM slices WHERE state = 'done'").all();
    for (let run = 0; run < 8; run++) await harness.sync({ limits });
    const after = await env.DB.prepare("SELECT id, epoch FROM slices WHERE state = 'done'").all();
    expect(after.results).toEqual(expect.arrayContaining(done.results));
    await harness.sync();
    await expectTruth();
  });
});

describe('records', () => {
  it('on the boundaries of slices are neither lost nor doubled, whatever bounds mean', async () => {
    for (const [startBound, endBound] of [
      ['inclusive', 'inclusive'],
      ['exclusive', 'exclusive'],
      ['exclusive', 'inclusive'],
      ['inclusive', 'exclusive'],
    ] as const) {
      await harness.become({ startBound, endBound, subSecond: 'hidden' });
      for (let run = 0; run < 2; run++) {
        const boundary = harness.nowMs;
        await harness.sync();
        await harness.verifications(
          boundary - secondMs,
          boundary - 1,
          boundary,
          boundary + 1,
          boundary + secondMs,
        );
        harness.nowMs += minuteMs;
      }
    }
    await harness.sync();
    await expectTruth();
  });

  it('whose ids are in another order than their times are all there', async () => {
    await harness.become({ orderBy: 'time', maxPageSize: 10 });
    const times = Array.from({ length: 60 }, (_, index) => start + ((index * 37) % 60) * minuteMs);
    await harness.verifications(...times);
    await harness.sync();
    await expectTruth();
  });

  it('that a page gives twice are stored once', async () => {
    await generate(30);
    await harness.sync({ fetch: changing(({ items }) => ({ items: [...items, ...items.slice(0, 3)] })) });
    await expectTruth();
  });

  it('with fields added tomorrow are stored with them', async () => {
    await generate(3);
    await harness.sync({
      fetch: changing(({ items }) => ({ items: items.map((item) => ({ ...item, temperature: 36.5 })) })),
    });
    const { results } = await env.DB.prepare('SELECT DISTINCT raw FROM verifications').all();
    expect(results).toEqual([{ raw: '{"temperature":36.5}' }]);
  });
});

describe('paging', () => {
  it.each(['more-follow', 'last-page', 'always-true', 'always-false'] as const)(
    'is followed to the end when hasMore means %s and only middle pages have a cursor',
    async (hasMore) => {
      await harness.become({ hasMore, nextCursor: 'while-more', maxPageSize: 10 });
      await generate(95);
      await harness.sync();
      await expectTruth();
    },
  );

  it('ends although the cursor is stuck', async () => {
    await harness.become({ nextCursor: 'sticky', maxPageSize: 10 });
    await generate(42);
    const report = await harness.sync();
    expect(report.streams[1]?.outcome).toBe('completed');
    await expectTruth();
  });

  it('ends where a cursor behind the last row is refused, in a few requests', async () => {
    await harness.become({ hasMore: 'always-false', nextCursor: 'while-more', maxPageSize: 10 });
    await generate(35);
    const given = new Set<unknown>();
    let requests = 0;
    const fetch = async (request: Request): Promise<Response> => {
      if (!request.url.endsWith('face-verify-history')) return await harness.facepass.fetch(request);
      requests++;
      const { nextCursor: asked } = (await request.clone().json()) as { nextCursor?: string };
      if (asked !== undefined && !given.has(asked)) return Response.json({}, { status: 400 });
      const response = await harness.facepass.fetch(request);
      const body = (await response.clone().json()) as { success: { nextCursor?: string } }; // the simulator's own answer
      given.add(body.success.nextCursor);
      return response;
    };
    const report = await harness.sync({ fetch });
    expect(report.streams.map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    expect(requests).toBeLessThan(40);
    await expectTruth();
  });

  it('that hands out empty pages without end fails the slice and is no success', async () => {
    let page = 0;
    const endless = async (request: Request): Promise<Response> =>
      request.url.endsWith('face-verify-history')
        ? Response.json({
            resultType: 'SUCCESS',
            success: { items: [], hasMore: true, size: 10, nextCursor: `page-${page++}` },
          })
        : await harness.facepass.fetch(request);
    const report = await harness.sync({ fetch: endless });
    expect(report.streams[1]).toMatchObject({ outcome: 'failed', error: { code: 'empty_pages' } });
    expect(report.streams[1]?.completeUntil).toBeNull();
    expect(page).toBeLessThan(30);
    await harness.sync();
    await expectTruth();
  });
});

describe('bad days', () => {
  it('of 429 without end stop the run, keep what was read, and are made up for later', async () => {
    await harness.become({ maxPageSize: 10 });
    await generate(80);
    let requests = 0;
    const storm = async (request: Request): Promise<Response> =>
      ++requests > 6
        ? new Response(null, { status: 429, headers: { 'retry-after': '30' } })
        : await harness.facepass.fetch(request);
    const report = await harness.sync({ fetch: storm });
    expect(report.streams.some(({ error }) => error?.code === 'http_429')).toBe(true);
    harness.nowMs += 10 * minuteMs;
    expect((await harness.sync()).streams.map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    await expectTruth();
  });

  it('of a week without a single run lose nothing', async () => {
    await harness.sync();
    for (let day = 0; day < 7; day++) {
      harness.nowMs += dayMs;
      await harness.verifications(harness.nowMs - hourMs, harness.nowMs - 13 * hourMs);
    }
    await harness.sync();
    await expectTruth();
  });
});
