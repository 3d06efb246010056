import { createScheduledController, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { generateWebhookSecret, signWebhook, type WebhookAlert } from '@facepass-kit/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bindings } from '../src/env.ts';
import worker from '../src/index.ts';
import { alertRules } from '../src/telemetry/alert-rules.ts';
import { createTally } from '../src/telemetry/tally.ts';
import { createWatch } from '../src/telemetry/watch.ts';
import { guardSees, watchedKv } from './guard-kv.ts';
import { askDoor, freshStores, member, publish, putMembers, send } from './world.ts';

freshStores();
afterEach(() => vi.restoreAllMocks());

const MINUTE = 60_000;
const URL_OF_RECEIVER = 'https://alerts.example/hook';
const secret = generateWebhookSecret();
const configured = { ALERT_WEBHOOK: JSON.stringify({ url: URL_OF_RECEIVER, secret }) };

/** Receives alerts instead of the world; answers each with the next of `statuses`, then with 204. */
function receiver(...statuses: number[]) {
  const received: { request: Request; body: string }[] = [];
  return {
    received,
    alerts: () => received.map(({ body }): unknown => JSON.parse(body)),
    fetch: async (request: Request) => {
      received.push({ request, body: await request.clone().text() });
      return new Response(null, { status: statuses.shift() ?? 204 });
    },
  };
}

function watching(
  at: { now: number },
  fetch: (request: Request) => Promise<Response>,
  missing: string[] = [],
  db = env.DB,
) {
  return createWatch({
    db,
    webhook: { url: URL_OF_RECEIVER, secret },
    rules: alertRules.parse({ denials: { atLeast: 2 } }),
    missing: async () => missing,
    now: () => at.now,
    fetch,
    sleep: async () => {},
  });
}

async function counted(at: { now: number }, counts: Record<string, number>): Promise<void> {
  const tally = createTally(env.DB, () => at.now);
  for (const [name, times] of Object.entries(counts)) for (let i = 0; i < times; i++) tally.count(name);
  await tally.handOverIfDue();
}

describe('alerts', () => {
  it('are signed, and sent once within the hour', async () => {
    const at = { now: Date.now() };
    const { received, alerts, fetch } = receiver();
    await counted(at, { 'deny.no_grant': 2 });
    expect(await watching(at, fetch).look()).toEqual({ sent: 1, cooling: 0, failed: 0 });
    expect(await watching(at, fetch).look()).toEqual({ sent: 0, cooling: 1, failed: 0 });
    expect(alerts()).toMatchObject([{ type: 'edge.denials', data: { denied: 2, reasons: 'no_grant 2' } }]);
    const [{ request, body } = { request: new Request('x:'), body: '' }] = received;
    const id = request.headers.get('webhook-id') ?? '';
    const timestamp = Number(request.headers.get('webhook-timestamp'));
    expect(request.headers.get('webhook-signature')).toBe(await signWebhook(secret, { id, timestamp, body }));
    at.now += 61 * MINUTE;
    await counted(at, { 'deny.no_grant': 2 });
    expect(await watching(at, fetch).look()).toMatchObject({ sent: 1 });
  });

  it('that nobody took are tried three times, and again at the next look', async () => {
    const at = { now: Date.now() };
    const { received, fetch } = receiver(500, 500, 500, 500);
    await counted(at, { 'trouble.guard.unreachable': 3 });
    expect(await watching(at, fetch).look()).toMatchObject({ failed: 1 });
    expect(received).toHaveLength(3);
    expect(await watching(at, fetch).look()).toMatchObject({ sent: 1 });
    expect(new Set(received.map(({ request }) => request.headers.get('webhook-id'))).size).toBe(2);
  });

  it('are about the last minutes: what is older is let go', async () => {
    const at = { now: Date.now() };
    const { fetch } = receiver();
    await counted(at, { 'deny.no_grant': 5 });
    at.now += 6 * MINUTE;
    expect(await watching(at, fetch).look()).toMatchObject({ sent: 0 });
    at.now += 3 * 24 * 60 * MINUTE;
    await watching(at, fetch).look();
    expect(await env.DB.prepare('SELECT count(*) AS n FROM watch_counts').first('n')).toBe(0);
  });

  it('say that D1 is down, where what was sent and what happened is remembered', async () => {
    const at = { now: Date.now() };
    const { alerts, fetch } = receiver();
    const down = () => {
      throw new Error('down');
    };
    // Stands in for the methods that are called.
    const watch = watching(at, fetch, ['DB'], { prepare: down, batch: down } as unknown as D1Database);
    for (let minute = 0; minute < 3; minute++) {
      await expect(watch.look()).rejects.toThrow('down');
      at.now += MINUTE;
    }
    expect(alerts()).toMatchObject([{ type: 'edge.unready', data: { subject: 'DB' } }]);
    at.now += 60 * MINUTE;
    await expect(watch.look()).rejects.toThrow('down');
    expect(alerts()).toHaveLength(2);
  });

  it('name what a door needs and does not have', async () => {
    const at = { now: Date.now() };
    const { alerts, fetch } = receiver();
    await watching(at, fetch, ['RULES', 'GUARD']).look();
    expect(alerts()).toMatchObject([{ type: 'edge.unready', data: { subject: 'GUARD RULES' } }]);
  });
});

describe('what happens at the doors', () => {
  const unreachable = {
    GUARD: {
      getByName: () => ({
        admit: async () => {
          throw new Error('down');
        },
        head: async () => {
          throw new Error('down');
        },
      }),
    },
  };

  it('is told to a receiver by the schedule, with counts and words of our own and nothing else', async () => {
    const { alerts, fetch } = receiver();
    const real = globalThis.fetch;
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      return request.url === URL_OF_RECEIVER ? await fetch(request) : await real(request);
    });
    await publish();
    await putMembers(member('marked-000001'));
    const deployment = {
      ...env,
      ...configured,
      ...unreachable,
      ALERT_RULES: JSON.stringify({ denials: { atLeast: 3 }, trouble: { atLeast: 2 } }),
    };
    for (let i = 0; i < 3; i++) await askDoor('marked-000001', { floor: '10' }, deployment);
    // What was counted after the first hand-over follows half a minute later.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + MINUTE });
    await askDoor('marked-000001', { floor: '10' }, deployment);
    await worker.scheduled(
      createScheduledController({ cron: '* * * * *' }),
      deployment as unknown as Bindings,
    );
    vi.useRealTimers();
    const sent = alerts() as WebhookAlert[];
    expect(sent.map(({ type }) => type).sort()).toEqual(['edge.denials', 'edge.trouble', 'edge.unready']);
    expect(JSON.stringify(sent)).toContain('unavailable 4');
    expect(JSON.stringify(sent)).toContain('guard.unreachable');
    expect(JSON.stringify(sent)).not.toContain('marked');
  });

  it('is told although the mirror, or what is to be handed over, never comes back', async () => {
    const { alerts, fetch } = receiver();
    vi.spyOn(globalThis, 'fetch').mockImplementation(
      async (input, init) => await fetch(new Request(input, init)),
    );
    const MIRROR = new Proxy({}, { get: () => () => new Promise(() => {}) });
    const deployment = { ...env, ...configured, ...unreachable, MIRROR };
    void worker.scheduled(
      createScheduledController({ cron: '* * * * *' }),
      // Stands in for the methods that are called.
      deployment as unknown as Bindings,
    );
    await vi.waitUntil(() => alerts().length > 0);
    expect(alerts()).toMatchObject([{ type: 'edge.unready' }]);
  });

  it('is counted where the guard finds it: that KV does not answer, without a word about whom it was asked', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    await publish();
    const { kv, watched } = watchedKv();
    watched.answer = (key) => Promise.reject(new Error(`KV GET failed: 500, ${key}`));
    await guardSees(kv);
    const guard = env.GUARD.getByName('partner');
    await runInDurableObject(guard, (instance) => {
      Reflect.set(instance, 'env', { ...env, ...configured });
    });
    for (const _ of [1, 2, 3]) {
      expect(await askDoor('marked-000001')).toMatchObject({ code: 'UNAVAILABLE' });
    }
    await runDurableObjectAlarm(guard);
    const counted = env.DB.prepare('SELECT name, sum(count) AS count FROM watch_counts GROUP BY name');
    await vi.waitUntil(async () => (await counted.all()).results.length > 0);
    expect((await counted.all()).results).toEqual([{ name: 'trouble.projection.unread', count: 3 }]);
    expect(logged).toHaveBeenCalledTimes(3);
    for (const [line] of logged.mock.calls) {
      const { requestId, ...rest } = JSON.parse(String(line));
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(rest).toEqual({ level: 'error', event: 'projection.unread', error: 'Error' });
    }
  });

  it('is counted nowhere where no alerts are wanted', async () => {
    await askDoor('000001', { floor: '10' }, unreachable);
    expect(await env.DB.prepare('SELECT count(*) AS n FROM watch_counts').first('n')).toBe(0);
  });

  it('is answered as ever where counts cannot be kept', async () => {
    await publish();
    await putMembers(member('000001'));
    const broken = {
      ...configured,
      DB: {
        prepare: () => {
          throw new Error('down');
        },
      },
    };
    expect(await askDoor('000001', { floor: '10' }, broken)).toMatchObject({ verified: true });
  });

  it('is a data point where metrics are wanted', async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const METRICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => void points.push(point) };
    await publish();
    await putMembers(member('marked-000001'));
    await askDoor('marked-000001', { floor: '10' }, { METRICS });
    await askDoor('marked-000001', { floor: '10' }, { METRICS, ...unreachable });
    expect(points).toMatchObject([
      { blobs: ['request', '/v1/access/permissions', 'POST', 'permitted', expect.anything(), 'hq'] },
      { blobs: ['guard.unreachable', '', '', '', expect.anything(), ''] },
      { blobs: ['request', '/v1/access/permissions', 'POST', 'unavailable', expect.anything(), ''] },
    ]);
    expect(points.map(({ doubles }) => doubles?.[2])).toEqual([1, -1, 0]);
    expect(JSON.stringify(points)).not.toContain('marked');
  });

  it('tell of a door its site, and what was waited for', async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const METRICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => void points.push(point) };
    const WAITED_MS = 30;
    const slow = { METRICS };
    await publish();
    const { kv, watched } = watchedKv();
    watched.answer = async () => {
      await new Promise((done) => setTimeout(done, WAITED_MS));
      return null;
    };
    await guardSees(kv);
    await askDoor('000001', { floor: '10' }, slow);
    await askDoor('000001', { floor: 'nowhere' }, slow);
    await send(new Request('https://edge.test/healthz'), slow);
    const told = points.map(({ blobs = [], doubles = [] }) => ({
      site: blobs[5],
      memberMs: Number(doubles[3]),
      guardMs: Number(doubles[4]),
    }));
    expect(told.map(({ site }) => site)).toEqual(['hq', '', '']);
    expect(told[0]?.memberMs).toBeGreaterThanOrEqual(WAITED_MS - 1);
    expect(told[0]?.guardMs).toBeGreaterThanOrEqual(0);
    expect(told[2]).toEqual({ site: '', memberMs: -1, guardMs: -1 });
  });
});
