import { createMessageBatch, createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { generateWebhookSecret, signWebhook } from '@facepass-kit/protocol';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../src/index.ts';
import { dataPoint, METRIC_COLUMNS } from '../src/telemetry/metric-columns.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs, secondMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

const alertWebhook = { url: 'https://alerts.test/hook', secret: generateWebhookSecret() };
let harness: Harness;
let points: AnalyticsEngineDataPoint[];
let hooks: { headers: Headers; body: string }[];

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
  points = [];
  hooks = [];
});

const METRICS = { writeDataPoint: (point?: AnalyticsEngineDataPoint) => void points.push(point ?? {}) };

/** FacePass and the receiver of alerts on one network. */
function network(facepass: (request: Request) => Promise<Response> = harness.facepass.fetch) {
  return async (request: Request): Promise<Response> => {
    if (request.url !== alertWebhook.url) return await facepass(request);
    hooks.push({ headers: request.headers, body: await request.text() });
    return new Response(null, { status: 204 });
  };
}

async function run(fetch = network(), configuration = {}) {
  const mirror = await harness.mirror({ fetch }, { ...env, METRICS }, { alertWebhook, ...configuration });
  const report = await mirror.sync('cron');
  await mirror.deliverAlerts();
  return report;
}

const types = (): string[] => hooks.map(({ body }): string => JSON.parse(body).type);

describe('the run log', () => {
  it('says of each stream what was read, written, tried again and how far behind it is', async () => {
    await harness.verifications(...Array.from({ length: 30 }, (_, index) => noonMs - (index + 1) * minuteMs));
    let requests = 0;
    const limited = network(async (request) => {
      if (request.url.endsWith('face-verify-history') && ++requests === 2) {
        return new Response(null, { status: 429, headers: { 'retry-after': '1' } });
      }
      return await harness.facepass.fetch(request);
    });
    await run(limited, { safetyLagMs: 10 * secondMs });
    const row = await env.DB.prepare('SELECT trigger, report FROM runs').first<{
      trigger: string;
      report: string;
    }>();
    const streams: Record<string, unknown>[] = JSON.parse(row?.report ?? '[]');
    const verifications = streams.find(({ stream }) => stream === 'verifications');
    expect(row?.trigger).toBe('cron');
    expect(verifications).toMatchObject({
      outcome: 'completed',
      fetched: 30,
      inserted: 30,
      updated: 0,
      unchanged: 0,
      quarantined: 0,
      retries: 1,
      rateLimited: 1,
      error: null,
    });
    const { requests: made, pages, bytes, lagMs, slices } = verifications as Record<string, number>;
    expect([made, slices]).toEqual([(pages ?? 0) + 1, expect.any(Number)]);
    expect(bytes).toBeGreaterThan(30 * 100);
    expect(lagMs).toBeGreaterThanOrEqual(10 * secondMs);
    expect(lagMs).toBeLessThan(minuteMs);
  });
});

describe('the status', () => {
  it('says how late each history is, what waits and what is stuck', async () => {
    expect(await (await harness.mirror()).status.status()).toMatchObject({
      streams: [{ completeUntil: null, lagMs: null, completedAt: null, parked: null }, {}],
      quarantined: 0,
      deadLetters: 0,
      unknownValues: [],
      leavers: {},
      archive: { until: null, rows: 0, bytes: 0 },
    });
    await run();
    harness.nowMs += 5 * minuteMs;
    await run(network(async () => new Response(null, { status: 401 })));
    const { status } = await harness.mirror();
    const { streams } = await status.status();
    expect(streams).toHaveLength(2);
    for (const stream of streams) {
      expect(stream).toMatchObject({
        completeUntil: noonMs,
        completedAt: expect.any(Number),
        parked: { code: 'auth_error' },
      });
      expect(stream.lagMs).toBeGreaterThanOrEqual(5 * minuteMs);
      expect([stream.openSlices, stream.failingSlices]).toEqual([expect.any(Number), expect.any(Number)]);
      expect(stream.failingSlices).toBeGreaterThan(0);
    }
    const runs = await status.runs({ limit: 1 });
    expect(runs.map(({ streams: [first] }) => first?.error?.code)).toEqual(['auth_error']);
    expect(await status.runs({})).toHaveLength(2);
  });
});

describe('a data point', () => {
  it('has every field at its position, and what is absent as no real value', () => {
    const names = Object.values(METRIC_COLUMNS);
    const numbers = Object.fromEntries(names.map((name, index) => [name, index]));
    const { indexes, blobs, doubles } = dataPoint(numbers);
    expect(indexes).toHaveLength(1);
    expect(blobs).toEqual(names.slice(1, 6).map((name) => String(numbers[name])));
    expect(doubles).toEqual(names.slice(6).map((name) => numbers[name]));
    expect(dataPoint({}).doubles).toEqual(names.slice(6).map(() => -1));
    // Analytics Engine takes one index, twenty blobs and twenty doubles.
    expect(Math.max(blobs?.length ?? 0, doubles?.length ?? 0)).toBeLessThanOrEqual(20);
  });

  it('is written for each stream of a run and for each alert, and says nothing of a person', async () => {
    await harness.verifications(noonMs - minuteMs);
    await run(network(async () => new Response('secret of member-1', { status: 401 })));
    await run();
    const events = points.map(({ blobs }) => `${String(blobs?.[0])} ${String(blobs?.[1])}`);
    expect(events.filter((event) => event === 'sync verifications')).toHaveLength(2);
    expect(events).toContain('alert verifications');
    expect(JSON.stringify(points)).not.toContain('member-');
  });
});

describe('an alert', () => {
  it('is sent, signed, once an hour for each thing that it is about', async () => {
    const down = network(async () => new Response(null, { status: 401 }));
    await run(down);
    expect(types()).toEqual(['mirror.sync.stream', 'mirror.sync.stream']);
    expect(hooks.map(({ body }) => JSON.parse(body).data.stream).sort()).toEqual([
      'registrations',
      'verifications',
    ]);
    const [hook] = hooks;
    const id = hook?.headers.get('webhook-id') ?? '';
    const timestamp = Number(hook?.headers.get('webhook-timestamp'));
    expect(hook?.headers.get('webhook-signature')).toBe(
      await signWebhook(alertWebhook.secret, { id, timestamp, body: hook?.body ?? '' }),
    );
    harness.nowMs += 10 * minuteMs;
    await run(down);
    expect(hooks).toHaveLength(2);
    harness.nowMs += hourMs;
    await run(down);
    expect(types().filter((type) => type === 'mirror.sync.stream')).toHaveLength(4);
  });

  it('is raised when no run reads a stream to its end for too long', async () => {
    await run();
    const down = network(async () => new Response(null, { status: 503 }));
    harness.nowMs += 20 * minuteMs;
    await run(down);
    expect(types()).not.toContain('mirror.sync.no_success');
    harness.nowMs += 20 * minuteMs;
    await run(down);
    expect(types()).toContain('mirror.sync.no_success');
  });

  it('is raised when the mirror lags behind, though every run does something', async () => {
    await run();
    harness.nowMs += 2 * hourMs;
    await harness.verifications(
      ...Array.from({ length: 60 }, (_, index) => harness.nowMs - index * minuteMs),
    );
    const mirror = await harness.mirror(
      { fetch: network(), limits: { subrequests: 3, queries: 500, wallMs: hourMs, workers: 1 } },
      env,
      { alertWebhook },
    );
    await mirror.sync('cron');
    await mirror.deliverAlerts();
    expect(types()).toContain('mirror.sync.lag');
  });

  it('is raised once for a value nobody knew, which is stored and mirrored all the same', async () => {
    await harness.facepass.control.run('records/verifications', {
      items: [
        { atMs: noonMs - minuteMs, status: 'MAYBE', merchantUserKey: 'member-1' },
        { atMs: noonMs - minuteMs, status: 'FAIL', resultCode: 'BLOCKED BY member-1 himself' },
      ],
    });
    await run();
    const told = hooks
      .map(({ body }) => JSON.parse(body))
      .filter(({ type }) => type === 'mirror.sync.unknown_value');
    expect(told.map(({ data }) => [data.field, data.value]).sort()).toEqual([
      ['resultCode', '(text)'],
      ['status', 'MAYBE'],
    ]);
    const stored = await env.DB.prepare('SELECT field, value FROM unknown_values ORDER BY 1').all();
    expect(stored.results).toEqual([
      { field: 'resultCode', value: '(text)' },
      { field: 'status', value: 'MAYBE' },
    ]);
    const rows = await env.DB.prepare(
      "SELECT count(*) AS n FROM verifications WHERE status = 'MAYBE'",
    ).first();
    expect(rows).toEqual({ n: 1 });
    harness.nowMs += dayMs;
    await run();
    expect(types().filter((type) => type === 'mirror.sync.unknown_value')).toHaveLength(2);
  });

  it('that nobody takes is in the log, and breaks nothing', async () => {
    const deaf = async (request: Request) =>
      request.url === alertWebhook.url
        ? new Response(null, { status: 500 })
        : new Response(null, { status: 401 });
    await run(deaf);
    expect(harness.log.filter(({ event }) => event === 'alerts.not_delivered')).toHaveLength(2);
  });

  it('is sent though the database is what is wrong', async () => {
    const DB = new Proxy(env.DB, {
      get: (target, key) =>
        key === 'batch' ? () => Promise.reject(new Error('D1 is away')) : Reflect.get(target, key),
    });
    const mirror = await harness.mirror({ fetch: network() }, { DB }, { alertWebhook });
    mirror.log.alert('sync.crashed', { errorCode: 'Error' });
    await mirror.deliverAlerts();
    expect(types()).toEqual(['mirror.sync.crashed']);
  });

  it('goes nowhere where no webhook is configured', async () => {
    await run(
      network(async () => new Response(null, { status: 401 })),
      { alertWebhook: undefined },
    );
    expect(hooks).toEqual([]);
  });
});

describe('a piece of work that fails', () => {
  it('keeps no other from being done, and the run still fails', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const alerts = vi.spyOn(console, 'error');
    await env.DB.prepare('DROP TABLE runs').run();
    const scheduled = worker.scheduled(createScheduledController({ cron: '*/5 * * * *' }), env);
    await expect(scheduled).rejects.toThrow('runs');
    expect(alerts.mock.calls.flat().join('\n')).toContain('"event":"sync.crashed"');
    // Later work was done: the keys of erased people are looked after in every run.
    expect(alerts.mock.calls.flat().join('\n')).not.toContain('leavers.crashed');
    const batch = createMessageBatch('facepass-decisions', []);
    await worker.queue(batch, env);
    vi.restoreAllMocks();
  });
});
