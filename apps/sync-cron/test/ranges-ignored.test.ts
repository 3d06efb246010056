/** A FacePass that gives all of a history whatever range is asked for. */
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { mirroredVerifications, trueVerifications } from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
  await harness.facepass.control.run('records/verifications', {
    generate: { count: 1_000, fromMs: noonMs - 40 * hourMs, toMs: noonMs - hourMs },
  });
});

/** @param paging what becomes of the request's own paging, and whether a cursor is handed out. */
const ignoringRanges =
  (paging: { readonly leads: boolean; readonly size?: number }) =>
  async (request: Request): Promise<Response> => {
    if (!request.url.endsWith('face-verify-history')) return await harness.facepass.fetch(request);
    const { nextCursor, ...asked } = (await request.json()) as Record<string, unknown>; // our own request
    const all = { ...asked, startTs: '2025-01-01T00:00:00', endTs: '2027-01-01T00:00:00' };
    const body = JSON.stringify({
      ...all,
      ...(paging.leads && { nextCursor }),
      ...(paging.size !== undefined && { size: paging.size }),
    });
    const { url, headers } = request;
    const response = await harness.facepass.fetch(new Request(url, { method: 'POST', headers, body }));
    const answer = (await response.json()) as { success?: { nextCursor?: unknown } }; // the simulator's own
    if (!paging.leads && answer.success) answer.success.nextCursor = null;
    return Response.json(answer, { status: response.status });
  };

const alerts = (event: string) =>
  harness.log.filter((line) => line.level === 'alert' && line.event === event);

describe('a FacePass that ignores the range', () => {
  it.each([
    ['the first hundred rows', { leads: false }],
    ['all of its rows at once', { leads: false, size: 1_000 }],
  ])('and gives %s is found out within few requests, and told', async (_what, paging) => {
    await harness.become({ maxPageSize: 1_000 });
    const fetch = ignoringRanges(paging);
    for (let run = 0; run < 3; run++) {
      harness.requests.length = 0;
      harness.log.length = 0;
      const report = await harness.sync({
        fetch: (request) => {
          harness.requests.push(request);
          return fetch(request);
        },
      });
      expect(report.streams.map(({ outcome, error }) => error?.code ?? outcome)).toEqual([
        'completed',
        'range_ignored',
      ]);
      expect(harness.requests.length).toBeLessThan(600);
      expect(alerts('sync.stream')[0]?.fields).toMatchObject({
        stream: 'verifications',
        errorCode: 'range_ignored',
      });
      harness.nowMs += 5 * minuteMs;
    }
    const { streams } = await (await harness.mirror()).status.status();
    expect(streams[1]?.completeUntil).toBeNull();
  });

  it('and whose cursors lead through everything is mirrored, and told', async () => {
    const report = await harness.sync({ fetch: ignoringRanges({ leads: true }) });
    expect(report.streams.map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    expect(await mirroredVerifications()).toEqual(
      await trueVerifications(harness, noonMs - 2 * dayMs, harness.nowMs),
    );
    expect(alerts('sync.range_ignored')[0]?.fields).toMatchObject({ stream: 'verifications', rows: 1_000 });
  });

  it('is not cut up for ever, though its cursors lead through more than one slice should hold', async () => {
    await harness.become({ maxPageSize: 1 });
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 100, fromMs: noonMs - 40 * hourMs, toMs: noonMs - hourMs },
    });
    const report = await harness.sync({ fetch: ignoringRanges({ leads: true }) });
    expect(report.streams[1]?.error?.code).toBe('range_ignored');
    const split = await env.DB.prepare("SELECT count(*) AS n FROM slices WHERE state = 'split'").first();
    expect(split).toEqual({ n: 0 });
  });
});

describe('a history with a backlog', () => {
  it('does not keep the other waiting', async () => {
    await harness.become({ maxPageSize: 10 });
    await harness.sync();
    await env.DB.prepare(
      "UPDATE slices SET state = 'open', closed_at = NULL WHERE stream = 'verifications'",
    ).run();
    harness.nowMs += 5 * minuteMs;
    const report = await harness.sync({
      limits: { subrequests: 60, queries: 900, wallMs: hourMs, workers: 4 },
    });
    expect(report.streams.map(({ outcome }) => outcome)).toEqual(['completed', 'partial']);
  });
});
