import { describe, expect, it } from 'vitest';
import { app } from '../src/app.ts';
import { routes } from '../src/routes/index.ts';
import {
  ADMIN_TOKEN,
  adminClient,
  ask,
  askDoor,
  member,
  offices,
  partnerRequest,
  publish,
  putMembers,
  sealForUs,
  send,
  sharedStores,
} from './world.ts';

sharedStores();

const get = async (path: string, overrides: object = {}) =>
  await send(new Request(`https://edge.test${path}`), overrides);

describe('the API document', () => {
  it('has every route that is mounted, and no other', () => {
    const described = routes.map(({ spec: { method, path } }) => `${method.toUpperCase()} ${path}`);
    const mounted = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual([...new Set(mounted)].sort());
  });
});

describe('an address', () => {
  it('says which methods it takes', async () => {
    const request = new Request('https://edge.test/admin/v1/denies', {
      method: 'PATCH',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const response = await send(request);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
  });

  it('that a deployment does not use is not there', async () => {
    const off = { SWITCHED_OFF: 'validate,registered' };
    const sealed = await sealForUs({ encryptedCI: 'CI' });
    expect((await ask('/v1/user/validate', sealed, off)).status).toBe(404);
    expect(
      (await ask('/v1/callback/registered', { merchantUserKey: 'a', txId: 't', registered: true }, off))
        .status,
    ).toBe(404);
    expect((await ask('/v1/access/permissions', { merchantUserKey: 'a', params: {} }, off)).status).toBe(200);
  });

  it('answers with a request id: the caller’s own where it is a UUID, ours otherwise', async () => {
    const id = '0b8f2f0e-5f7c-4c0e-9d0d-2f6f3f0e9c11';
    const asked = partnerRequest('/v1/access/permissions', { merchantUserKey: 'a', params: {} });
    asked.headers.set('x-request-id', id);
    expect((await send(asked)).headers.get('x-request-id')).toBe(id);
    const other = partnerRequest('/v1/access/permissions', { merchantUserKey: 'a', params: {} });
    other.headers.set('x-request-id', 'marked 홍길동'.slice(0, 6));
    expect((await send(other)).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the health check', () => {
  const asAdmin = (path: string) =>
    new Request(`https://edge.test${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });

  it('tells the version to everybody, and the release in force to administrators', async () => {
    const { hash } = await publish();
    const deployed = { VERSION: { id: 'v-7', tag: '', timestamp: '' } };
    expect(await (await get('/healthz', deployed)).json()).toEqual({
      status: 'ok',
      version: 'v-7',
      release: null,
    });
    expect(await (await send(asAdmin('/healthz'), deployed)).json()).toEqual({
      status: 'ok',
      version: 'v-7',
      release: hash,
    });
  });

  it('answers without D1, KV and the guard, and asks the guard once in five seconds', async () => {
    let asked = 0;
    const down = async () => {
      throw new Error('down');
    };
    const head = () => {
      asked += 1;
      return down();
    };
    const ruins = { DB: { prepare: down }, RULES: { get: down }, GUARD: { getByName: () => ({ head }) } };
    for (const request of [
      asAdmin('/healthz'),
      asAdmin('/healthz'),
      new Request('https://edge.test/healthz'),
    ]) {
      const response = await send(request, ruins);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: 'ok', release: null });
    }
    expect(asked).toBe(1);
  });
});

describe('readiness', () => {
  it('names what is missing, and nothing else', async () => {
    await publish();
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'ready', missing: [], release: null });
    const authorization = `Bearer ${ADMIN_TOKEN}`;
    const toAdmin = await send(new Request('https://edge.test/readyz', { headers: { authorization } }));
    expect(await toAdmin.json()).toMatchObject({ release: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const broken = {
      get: async () => {
        throw new Error('down');
      },
    };
    const unready = await get('/readyz', { RULES: broken, PEPPER: undefined, PARTNER_TOKENS: undefined });
    expect(unready.status).toBe(503);
    expect(await unready.json()).toMatchObject({ missing: ['PEPPER', 'PARTNER_TOKENS', 'RULES'] });
  });
});

describe('a question about one of two sites with doors alike', () => {
  const twoSites = {
    ...offices,
    sites: [
      { id: 'hq', timeZone: 'Asia/Seoul' },
      { id: 'lab', timeZone: 'Asia/Seoul' },
    ],
    zones: [
      { id: 'hq-10', site: 'hq', match: { floor: '10' } },
      { id: 'lab-10', site: 'lab', match: { floor: '10' } },
    ],
    rules: [{ id: 'hq', effect: 'permit' as const, who: { groups: ['staff'] }, zones: ['hq-10'] }],
  };

  it('is answered for the site that a parameter, a header or the address names', async () => {
    await publish(twoSites);
    await putMembers(member('000001'));
    expect(await askDoor('000001')).toMatchObject({ verified: false, code: 'NO_ZONE' });
    const byParam = { SITE_FROM: 'param:building' };
    expect(await askDoor('000001', { floor: 10, building: 'hq' }, byParam)).toMatchObject({ verified: true });
    expect(await askDoor('000001', { floor: 10, building: 'lab' }, byParam)).toMatchObject({
      verified: false,
    });
    const question = { merchantUserKey: '000001', params: { floor: '10' } };
    const named = partnerRequest('/v1/access/permissions', question);
    named.headers.set('x-site', 'hq');
    expect(await (await send(named, { SITE_FROM: 'header:x-site' })).json()).toMatchObject({
      verified: true,
    });
    expect((await ask('/v1/sites/hq/access/permissions', question)).body).toMatchObject({ verified: true });
    expect((await ask('/v1/sites/lab/access/permissions', question)).body).toMatchObject({ verified: false });
  });
});

describe('options of member validation', () => {
  it('answer more fields, a txId, or 404 where the deployment wants it', async () => {
    const identity = { ci: 'CI-OPTIONS', name: '홍길동', birthDate: '19900101' };
    await adminClient().upsertMembers({ members: [member('000009', { identity })] });
    const sealed = await sealForUs({ encryptedCI: 'CI-OPTIONS' });
    const { body } = await ask('/v1/user/validate', sealed, {
      VALIDATE_ANSWER_FIELDS: 'birthDate',
      VALIDATE_ISSUE_TX_ID: 'true',
    });
    expect(Object.keys(body).sort()).toEqual([
      'encryptedBirthDate',
      'encryptedKey',
      'iv',
      'merchantUserKey',
      'txId',
    ]);
    const nobody = await sealForUs({ encryptedCI: 'CI-NOBODY' });
    expect(await ask('/v1/user/validate', nobody, { VALIDATE_NOT_FOUND_STATUS: '404' })).toMatchObject({
      status: 404,
      body: { merchantUserKey: null, code: 'MEMBER_NOT_FOUND' },
    });
  });
});
