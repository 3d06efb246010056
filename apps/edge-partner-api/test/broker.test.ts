import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIssuer } from './issuer.ts';
import { freshStores, member, putMembers, send } from './world.ts';

freshStores();

const settings = { jwksUrl: 'https://idp.test/apps.json', issuer: 'https://idp.test', audience: 'apps' };
const configured = { BROKER_JWT: JSON.stringify(settings) };
/** The registrations that FacePass was asked to open. */
let prepared: unknown[] = [];
let sign: Awaited<ReturnType<typeof createIssuer>>['sign'];

beforeEach(async () => {
  prepared = [];
  ({ sign } = await createIssuer(settings.jwksUrl, settings, async (request) => {
    if (request.url.endsWith('/face-register-prepare')) prepared.push(await request.clone().json());
    return null;
  }));
});
afterEach(() => vi.restoreAllMocks());

async function get(kind: 'entry' | 'registration', token: string, body: object = {}, overrides: object = {}) {
  const request = new Request(`https://edge.test/broker/v1/${kind}-token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const response = await send(request, { ...configured, ...overrides });
  return { status: response.status, body: await response.json() };
}

const gildong = member('000001', {
  identity: { name: '홍길동', phoneNumber: '01012345678', birthDate: '19900101', ci: 'CI-1' },
});

describe('the SDK-token broker', () => {
  it('gives a member a token for the entry SDK', async () => {
    await putMembers(gildong);
    expect(await get('entry', await sign({ sub: '000001' }))).toEqual({
      status: 200,
      body: { token: 'entry-sdk-token' },
    });
  });

  it('opens a registration for the member who asks, with the identity of the directory', async () => {
    await putMembers(gildong);
    expect(await get('registration', await sign({ sub: '000001' }), { name: '김하나' })).toEqual({
      status: 200,
      body: { token: 'register-sdk-token', txId: 'tx-9' },
    });
  });

  it('registers a face under the key of the directory, in whichever Unicode form the app names it', async () => {
    await putMembers({ ...gildong, merchantUserKey: '회원1' });
    const jwt = await sign({ sub: '회원1'.normalize('NFD') });
    expect(await get('registration', jwt)).toMatchObject({ status: 200 });
    expect(prepared).toMatchObject([{ merchantUserKey: '회원1'.normalize('NFC') }]);
  });

  it('gives nothing to strangers, former members, or in the name of another', async () => {
    await putMembers(gildong, member('000002', { status: 'suspended' }));
    expect(await get('entry', await sign({ sub: 'nobody' }))).toMatchObject({
      status: 403,
      body: { code: 'NOT_A_MEMBER' },
    });
    expect(await get('entry', await sign({ sub: '000002' }))).toMatchObject({ status: 403 });
    expect(
      await get('registration', await sign({ sub: '000001' }), { merchantUserKey: '000002' }),
    ).toMatchObject({
      status: 400,
    });
    expect(await get('entry', await sign({ sub: '000001' }, { aud: 'others' }))).toMatchObject({
      status: 401,
    });
    expect(await get('entry', await sign({}))).toMatchObject({ status: 401 });
  });

  it('passes on why FacePass refuses, and says what an identity lacks', async () => {
    await putMembers(
      { ...gildong, merchantUserKey: 'twice' },
      member('nameless'),
      member('halfway', { identity: { name: '김하나' } }),
    );
    expect(await get('registration', await sign({ sub: 'twice' }))).toMatchObject({
      status: 409,
      body: { code: 'DUPLICATED_USERKEY' },
    });
    expect(await get('registration', await sign({ sub: 'nameless' }))).toMatchObject({
      status: 422,
      body: { code: 'IDENTITY_INCOMPLETE', errors: [{ path: 'name' }] },
    });
    expect(await get('registration', await sign({ sub: 'halfway' }))).toMatchObject({ status: 422 });
  });

  it('limits how many tokens one member takes', async () => {
    await putMembers(gildong);
    const taken = new Map<string, number>();
    const limiter = {
      limit: async ({ key }: { key: string }) => {
        taken.set(key, (taken.get(key) ?? 0) + 1);
        return { success: (taken.get(key) ?? 0) <= 1 };
      },
    };
    const token = await sign({ sub: '000001' });
    expect(await get('entry', token, {}, { BROKER_LIMIT: limiter })).toMatchObject({ status: 200 });
    expect(await get('entry', token, {}, { BROKER_LIMIT: limiter })).toMatchObject({
      status: 429,
      body: { code: 'TOO_MANY_REQUESTS' },
    });
    // Counted under the pseudonym.
    expect([...taken.keys()]).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  });

  it('can be switched off', async () => {
    expect(await get('entry', await sign({ sub: '000001' }), {}, { SWITCHED_OFF: 'broker' })).toMatchObject({
      status: 404,
    });
  });
});
