import { createScheduledController, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { generateWebhookSecret } from '@facepass-kit/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bindings } from '../src/env.ts';
import type { RouteSpec } from '../src/http/route.ts';
import worker from '../src/index.ts';
import { routes } from '../src/routes/index.ts';
import { type DirectoryJob, drive } from '../src/services/jobs/directory-jobs.ts';
import { createIssuer } from './issuer.ts';
import { allMarked, identity, KEY, MARKS, markedSample } from './marked.ts';
import {
  ADMIN_TOKEN,
  adminClient,
  ask,
  askDoor,
  freshStores,
  member,
  offices,
  PARTNER_TOKEN,
  publish,
  putMembers,
  sealForUs,
  send,
} from './world.ts';

freshStores();
afterEach(() => vi.restoreAllMocks());

/** Everything written to the console while `work` runs. */
async function logsOf(work: () => Promise<unknown>): Promise<string> {
  const lines: unknown[] = [];
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((...parts) => void lines.push(...parts)),
  );
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return JSON.stringify(lines);
}

async function restedImport({ id }: { readonly id: string }): Promise<void> {
  await vi.waitUntil(
    async () => ['rejected', 'previewed'].includes((await adminClient().memberImport(id)).state),
    { timeout: 60_000 },
  );
}

/** Asks every route something that works and something that does not, with marked values in all places. */
async function everything(): Promise<string[]> {
  const ciphertexts: string[] = [];
  const seal = async (fields: Record<string, string>, spki?: string) => {
    const sealed = await sealForUs(fields, spki);
    ciphertexts.push(...Object.values(sealed));
    return sealed;
  };
  await publish({
    ...offices,
    rules: [
      {
        id: 'one',
        effect: 'permit',
        who: { members: [KEY] },
        zones: ['floor-10'],
        quota: { max: 5, per: 'day' },
      },
    ],
  });
  await putMembers(member(KEY, { identity }));
  await putMembers(member('marked-other', { identity: { ci: identity.ci } })).catch(() => {});
  await putMembers(member(KEY, { groups: ['표식 그룹'] })).catch(() => {});
  await adminClient({}, 'marked-wrong-token')
    .releaseHead()
    .catch(() => {});
  await adminClient()
    .setSiteMode('marked-site', { mode: 'lockdown', reason: 'x' })
    .catch(() => {});
  await adminClient()
    .recentVerifications({ merchantUserKey: KEY, limit: 999 })
    .catch(() => {});
  await adminClient()
    .recentDecisions({ merchantUserKey: KEY })
    .catch(() => {});
  await askDoor(KEY);
  await askDoor(KEY, { floor: '11' });
  await ask('/v1/access/permissions', { merchantUserKey: { marked: KEY }, params: KEY });
  await ask('/v1/access/permissions', `{"merchantUserKey":"${KEY}`);
  await ask('/v1/user/validate', await seal({ encryptedCI: identity.ci }));
  await ask('/v1/user/validate', await seal({ encryptedPhoneNumber: identity.phoneNumber }));
  await ask('/v1/user/validate', await seal({ encryptedCI: identity.ci }, env.TEST_FOREIGN_PUBLIC_KEY));
  await ask('/v1/callback/registered', { merchantUserKey: KEY, txId: 'tx-1', registered: true });
  await ask('/v1/callback/registered', { merchantUserKey: KEY, txId: 'tx-1', registered: 'marked-value' });
  const failing = {
    GUARD: {
      getByName: () => ({
        admit: async () => {
          throw new Error(`marked ${KEY}`);
        },
      }),
    },
  };
  await askDoor(KEY, { floor: '10' }, failing);
  await askDoor(KEY, { floor: '10' }, { PEPPER: 'marked-pepper' });
  const desk = adminClient();
  const [found] = await desk.lookUpMembers({ ci: identity.ci });
  await desk.lookUpMembers({ phoneNumber: identity.phoneNumber });
  await desk.suspendMember(found?.person ?? '', 'a reason');
  await desk.restoreMember(found?.person ?? '', 'a reason');
  await desk.deny({ merchantUserKey: KEY, reason: 'a reason' });
  await desk.deny({ merchantUserKey: KEY, zones: ['표식'], reason: 'a reason' }).catch(() => {});
  await desk.issuePass({ merchantUserKey: KEY, zones: ['floor-11'], reason: 'a reason' });
  await desk.explain({ merchantUserKey: KEY, params: { floor: '10' } });
  await desk.lastDecisions();
  await desk.previewRelease({ release: offices });
  const csv = (rows: string) => ({
    format: 'csv' as const,
    content: `merchantUserKey,name,ci,birthDate\n${rows}`,
  });
  await restedImport(
    await desk.importMembers(csv(`${KEY},표식이름,marked-ci-2,marked-date\n"marked-cell" x`)),
  );
  await restedImport(
    await desk.importMembers(csv(`${KEY},표식이름,marked-ci-2,19770707`), { dryRun: 'true' }),
  );
  await desk.importMembers(csv('"marked-cell')).catch(() => {});
  await runDurableObjectAlarm(env.GUARD.getByName('partner'));
  return ciphertexts;
}

function expectUnmarked(text: string, ciphertexts: readonly string[] = [], where = 'it'): void {
  for (const mark of [...MARKS, ...ciphertexts]) {
    const at = text.indexOf(mark);
    expect(at < 0 ? '' : text.slice(Math.max(0, at - 200), at + 50), `${where} holds ${mark}`).toBe('');
  }
}

describe('personal data', () => {
  it('is in no log line, whatever is asked and whatever goes wrong', async () => {
    let ciphertexts: string[] = [];
    const logs = await logsOf(async () => {
      ciphertexts = await everything();
    });
    expect(logs).toContain('/v1/access/permissions');
    expect(logs).toContain('guard.unreachable');
    expectUnmarked(logs, ciphertexts);
  });

  it('is in no store in the clear: not in D1, KV, the guard, the session or the queue', async () => {
    await logsOf(everything);
    const stores = await storesOf();
    for (const table of ['members', 'member_changes', 'registration_events', 'audit', 'import_people']) {
      expect(stores.d1[table]?.length, table).toBeGreaterThan(0);
    }
    expect(Object.keys(stores.kv).map((name) => name.split(':')[0])).toEqual(
      expect.arrayContaining(['doors', 'member', 'release']),
    );
    expect(stores.guard).toMatchObject({ counters: [{}], releases: [{}] });
    expectUnmarked(JSON.stringify(stores));

    await expect
      .poll(async () => JSON.stringify(await env.MIRROR?.recentDecisions({})), { timeout: 50_000 })
      .toContain('rule:one');
    expectUnmarked(JSON.stringify(await env.MIRROR?.recentDecisions({})));
  });

  it('comes out of no route into a log, a metric, an alert, a store, the queue or a refusal', {
    timeout: 600_000,
  }, async () => {
    const told = await everyRoute();
    expect(told.requests).toBeGreaterThan(routes.length * 5);
    // Each of them was written to, so that there was something to search.
    expect(told.logs).toContain('request.failed');
    expect(told.points.length).toBeGreaterThan(told.requests);
    expect(told.alerts.join()).toContain('edge.trouble');
    expect(told.refusals.length).toBeGreaterThan(routes.length);
    const stores = await storesOf();
    expect(stores.session['tokens']?.length).toBe(1);
    const queued = JSON.stringify(await env.MIRROR?.recentDecisions({}));
    for (const [what, text] of Object.entries({
      logs: told.logs,
      points: JSON.stringify(told.points),
      alerts: told.alerts.join(),
      refusals: told.refusals.join('\n'),
      stores: JSON.stringify(stores),
      queued,
    })) {
      expectUnmarked(text, told.ciphertexts, what);
    }
  });
});

describe('what a Workflow keeps of an import', () => {
  it('is which one it is and whether it goes on, also where a step fails with words of the data', async () => {
    const kept: unknown[] = [];
    const jobs = { create: async (options: unknown) => void kept.push(options) };
    const step = async (name: string, work: () => Promise<boolean>) => {
      try {
        const result = await work();
        kept.push(name, result);
        return result;
      } catch (error) {
        kept.push(name, String(error), error instanceof Error && [error.stack, error.cause]);
        throw error;
      }
    };
    // Stands for bindings that are called, and fail.
    const run = async (bindings: object, job: DirectoryJob) =>
      await drive({ ...env, ...bindings, JOBS: jobs } as unknown as Bindings, job, step);
    const logs = await logsOf(async () => {
      const content = `merchantUserKey,name,ci,birthDate,phoneNumber\n${KEY},${identity.name},${identity.ci},19770707,01077770001\n`;
      const { id } = await adminClient({ JOBS: jobs }).importMembers({ format: 'csv', content });
      const params = { kind: 'import' as const, id };
      expect(kept).toEqual([{ params }]);
      for (const name of ['DB', 'GUARD']) {
        await expect(run({ [name]: broken }, params)).rejects.toThrow();
      }
      await run({}, params);
      expect(await adminClient().memberImport(id)).toMatchObject({ state: 'done', added: 1 });
    });
    expect(logs).toContain('job.step_failed');
    expect(kept).toContain('Error: Error');
    expect(kept.filter((one) => one === true).length).toBeGreaterThan(2);
    expectUnmarked(JSON.stringify(kept), [], 'the Workflow');
  });
});

/** Bodies for schemas that ask for more than their JSON Schema says. */
const BODIES: Readonly<Record<string, unknown>> = {
  'put /admin/v1/members': { members: [member(KEY, { identity })] },
  'put /admin/v1/members/:person': { status: 'active', groups: ['staff'], identity },
  'post /admin/v1/releases': { release: offices, publishedBy: 'tests', reason: 'a test' },
  'post /admin/v1/releases/preview': {
    release: {
      ...offices,
      rules: [{ id: 'one', effect: 'permit', who: { members: [KEY] }, zones: ['floor-10'] }],
    },
  },
  'post /admin/v1/denies': { merchantUserKey: KEY, reason: 'a reason' },
  'post /admin/v1/mirror/export': { table: 'verifications', from: 0, to: 1, keys: true },
};
const QUERIES: Readonly<Record<string, unknown>> = {
  'post /admin/v1/members/imports': {},
};

/** Calls every declared route, found by enumeration, rightly and wrongly and while what it needs is down. */
async function everyRoute() {
  const idp = {
    jwksUrl: `https://idp.test/${crypto.randomUUID()}`,
    issuer: 'https://idp.test',
    audience: 'apps',
  };
  const points: AnalyticsEngineDataPoint[] = [];
  const alerts: string[] = [];
  const { sign } = await createIssuer(idp.jwksUrl, idp, async (request) => {
    if (request.url !== 'https://alerts.test/hook') return null;
    alerts.push(`${await request.text()} ${JSON.stringify([...request.headers])}`);
    return new Response(null, { status: 204 });
  });
  const healthy = {
    BROKER_JWT: JSON.stringify(idp),
    ADMIN_LIMIT: undefined,
    BROKER_LIMIT: undefined,
    VALIDATE_LIMIT: undefined,
    VALIDATE_MISS_LIMIT: undefined,
    METRICS: { writeDataPoint: (point: AnalyticsEngineDataPoint) => void points.push(point) },
    ALERT_WEBHOOK: JSON.stringify({ url: 'https://alerts.test/hook', secret: generateWebhookSecret() }),
    ALERT_RULES: JSON.stringify({ denials: { atLeast: 1, share: 0.01 }, trouble: { atLeast: 1 } }),
  };
  const states = [
    healthy,
    ...['DB', 'GUARD', 'RULES', 'MIRROR'].map((name) => ({ ...healthy, [name]: broken })),
  ];
  const bearer = await sign({ sub: KEY });
  await publish();
  await putMembers(member(KEY, { identity }));
  const [found] = await adminClient().lookUpMembers({ merchantUserKey: KEY });
  const head = await adminClient().releaseHead();
  const told = { requests: 0, refusals: [] as string[], ciphertexts: [bearer, 'marked-wrong-token'] };

  const call = async (spec: RouteSpec, how: Call, state: object): Promise<void> => {
    const { method, access } = spec;
    const credentials = access === 'partner' ? PARTNER_TOKEN : access === 'broker' ? bearer : ADMIN_TOKEN;
    const url = new URL(`https://edge.test${how.path}`);
    for (const [name, value] of Object.entries(how.query)) url.searchParams.set(name, String(value));
    const hasBody = how.body !== undefined && method !== 'get';
    const request = new Request(url, {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${how.token ?? credentials}`,
        'x-request-id': 'marked-id',
        ...(hasBody && { 'content-type': how.contentType }),
      },
      ...(hasBody && { body: how.body ?? '' }),
    });
    const response = await send(request, state);
    told.requests += 1;
    const text = await response.text().catch(() => '');
    if (response.status >= 400) told.refusals.push(text);
  };

  const logs = await logsOf(async () => {
    for (const { spec } of routes) {
      const name = `${spec.method} ${spec.path}`;
      const params = { person: found?.person ?? '', hash: head?.hash ?? '', siteId: 'hq' };
      for (const choice of [0, 1]) {
        const good = await goodCall(spec, name, choice, params);
        told.ciphertexts.push(...good.ciphertexts);
        for (const state of choice === 0 ? states : [healthy]) await call(spec, good, state);
        for (const wrong of wrongCalls(spec, good)) await call(spec, wrong, healthy);
      }
    }
    await runDurableObjectAlarm(env.GUARD.getByName('partner'));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    const deployment = { ...env, ...healthy } as unknown as Bindings;
    // Hands over what was counted since, and then looks.
    await askDoor(KEY, { floor: '10' }, healthy);
    await worker.scheduled(createScheduledController({ cron: '* * * * *' }), deployment);
    vi.useRealTimers();
  });
  return { ...told, logs, points, alerts };
}

/** Stands for a binding that fails and says so with what it was asked. */
const broken = new Proxy(
  {},
  {
    get: () => () => {
      throw new Error(`marked ${KEY} ${identity.name}`);
    },
  },
);

interface Call {
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: string | undefined;
  readonly contentType: string;
  readonly token?: string;
}

async function goodCall(
  spec: RouteSpec,
  name: string,
  choice: number,
  known: Readonly<Record<string, string>>,
): Promise<Call & { readonly ciphertexts: readonly string[] }> {
  const sampleOf = (part: 'params' | 'query' | 'body', given: unknown): Readonly<Record<string, unknown>> => {
    const schema = spec[part];
    if (schema === undefined) return {};
    const made = [choice, 0, 1, 2, 3].map((one) => markedSample(schema, one));
    const value = given ?? made.find((one) => one !== undefined);
    if (!schema.safeParse(value).success) {
      throw new Error(`${name}: no ${part} that fits could be made; write one into BODIES or QUERIES`);
    }
    // Every part of a request is an object.
    return value as Record<string, unknown>;
  };
  const params: Readonly<Record<string, unknown>> = { ...sampleOf('params', undefined), ...known };
  const path = spec.path.replaceAll(/:(\w+)/g, (_, parameter: string) => String(params[parameter]));
  const query = sampleOf('query', QUERIES[name]);
  if (spec.upload !== undefined) {
    const lines = `merchantUserKey,name,ci,birthDate\n${KEY},${identity.name},${identity.ci},19770707\n`;
    return { path, query, body: lines, contentType: 'text/csv', ciphertexts: [] };
  }
  if (spec.path === '/v1/user/validate') {
    const claim: Record<string, string> =
      choice === 0 ? { encryptedCI: identity.ci } : { encryptedPhoneNumber: identity.phoneNumber };
    const sealed = await sealForUs(claim);
    const ciphertexts = Object.values(sealed);
    return { path, query, body: JSON.stringify(sealed), contentType: 'application/json', ciphertexts };
  }
  const body = spec.body === undefined ? undefined : JSON.stringify(sampleOf('body', BODIES[name]));
  return { path, query, body, contentType: 'application/json', ciphertexts: [] };
}

/** The same call wrong in every way in which something of it could be repeated. */
function wrongCalls(spec: RouteSpec, good: Call): Call[] {
  const marked = encodeURIComponent(KEY);
  return [
    { ...good, token: 'marked-wrong-token' },
    // Sites and feeds are called as the partner likes, in addresses that are written once.
    {
      ...good,
      path: spec.path.replaceAll(/:(?!feed|siteId)\w+/g, marked).replace(/:\w+/, 'hq'),
      query: { ...good.query, merchantUserKey: KEY },
    },
    { ...good, path: `${good.path}/${marked}` },
    ...(good.body === undefined
      ? []
      : [
          { ...good, body: good.body.slice(0, -1) },
          { ...good, contentType: 'text/marked-type' },
          ...(spec.body === undefined
            ? []
            : [{ ...good, body: JSON.stringify(allMarked(JSON.parse(good.body))) }]),
        ]),
  ];
}

type Rows = Readonly<Record<string, readonly unknown[]>>;
const TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'";

/** Everything that is stored anywhere: tables are found by enumeration, so that a new one is searched too. */
async function storesOf(): Promise<{
  d1: Rows;
  kv: Record<string, string | null>;
  guard: Rows;
  session: Rows;
}> {
  const tables = await env.DB.prepare(TABLES).all<{ name: string }>();
  const d1: Record<string, unknown[]> = {};
  for (const { name } of tables.results) {
    d1[name] = (await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results;
  }
  const kv: Record<string, string | null> = {};
  for (const { name } of (await env.RULES.list()).keys) kv[name] = await env.RULES.get(name);
  const rowsOf = (_: unknown, { storage }: DurableObjectState): Rows =>
    Object.fromEntries(
      storage.sql
        .exec<{ name: string }>(TABLES)
        .toArray()
        .map(({ name }) => [name, storage.sql.exec(`SELECT * FROM "${name}"`).toArray()]),
    );
  return {
    d1,
    kv,
    guard: await runInDurableObject(env.GUARD.getByName('partner'), rowsOf),
    session: await runInDurableObject(env.SESSION.getByName('facepass'), rowsOf),
  };
}
