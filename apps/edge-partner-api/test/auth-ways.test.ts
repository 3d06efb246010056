import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createD1AuditTrail } from '../src/store/audit-trail.ts';
import { createIssuer } from './issuer.ts';
import {
  ADMIN_TOKEN,
  adminClient,
  PARTNER_TOKEN,
  partnerRequest,
  publish,
  send,
  sharedStores,
} from './world.ts';

sharedStores();

const question = { merchantUserKey: '000001', params: {} };
const door = (token: string | null = null) => partnerRequest('/v1/access/permissions', question, token);
const statusOf = async (request: Request, overrides: object) => (await send(request, overrides)).status;
const noToken = { PARTNER_TOKENS: undefined };

function withHeaders(request: Request, headers: Record<string, string>): Request {
  const changed = new Request(request);
  for (const [name, value] of Object.entries(headers)) changed.headers.set(name, value);
  return changed;
}

/** As it arrives at a Worker: with what Cloudflare says of the connection. */
function onCloudflare(request: Request): Request {
  return new Request(request, { cf: { colo: 'ICN' } } satisfies
    | RequestInit<Partial<IncomingRequestCfProperties>>
    | object);
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

describe('FacePass may prove itself', () => {
  it('by a token that is stored as its hash', async () => {
    const hashed = { PARTNER_TOKENS: `sha256:${await sha256Hex(PARTNER_TOKEN)}` };
    expect(await statusOf(door(PARTNER_TOKEN), hashed)).toBe(200);
    expect(await statusOf(door('another-token-altogether'), hashed)).toBe(401);
    expect(await statusOf(door(hashed.PARTNER_TOKENS.slice(7)), hashed)).toBe(401);
  });

  it('by its address', async () => {
    const pinned = { ...noToken, PARTNER_ADDRESSES: '203.0.113.0/24, 2001:db8::/32' };
    const from = (address: string) => onCloudflare(withHeaders(door(), { 'cf-connecting-ip': address }));
    expect(await statusOf(from('203.0.113.7'), pinned)).toBe(200);
    expect(await statusOf(from('2001:db8::7'), pinned)).toBe(200);
    expect(await statusOf(from('198.51.100.7'), pinned)).toBe(401);
    expect(await statusOf(door(), pinned)).toBe(401);
    expect(
      await statusOf(withHeaders(from('198.51.100.7'), { 'x-forwarded-for': '203.0.113.7' }), pinned),
    ).toBe(401);
  });

  it('by the address that our own proxy names, where Cloudflare is not in front of us and the proxy is declared', async () => {
    const pinned = { ...noToken, PARTNER_ADDRESSES: '203.0.113.0/24' };
    const proxied = { ...pinned, TRUSTED_PROXY_HEADER: 'X-Forwarded-For' };
    const forwarded = (value: string) => withHeaders(door(), { 'x-forwarded-for': value });
    expect(await statusOf(forwarded('203.0.113.7'), proxied)).toBe(200);
    // What the caller wrote itself stands before what the proxy appended.
    expect(await statusOf(forwarded('198.51.100.7, 203.0.113.7'), proxied)).toBe(200);
    expect(await statusOf(forwarded('203.0.113.7, 198.51.100.7'), proxied)).toBe(401);
    expect(await statusOf(forwarded('203.0.113.7'), pinned)).toBe(401);
    // A header that only Cloudflare could have written, where there is no Cloudflare.
    expect(await statusOf(withHeaders(door(), { 'cf-connecting-ip': '203.0.113.7' }), pinned)).toBe(401);
    expect(await statusOf(onCloudflare(forwarded('203.0.113.7')), proxied)).toBe(401);
  });

  it('by a client certificate that was verified and is pinned', async () => {
    const fingerprint = 'ab'.repeat(32);
    const pinned = { ...noToken, PARTNER_CERTIFICATES: fingerprint.toUpperCase() };
    const presenting = (tlsClientAuth: object) =>
      new Request(door(), { cf: { tlsClientAuth } } satisfies
        | RequestInit<Partial<IncomingRequestCfProperties>>
        | object);
    const verified = { certVerified: 'SUCCESS', certFingerprintSHA256: fingerprint };
    expect(await statusOf(presenting(verified), pinned)).toBe(200);
    expect(
      await statusOf(presenting({ ...verified, certVerified: 'FAILED:self signed certificate' }), pinned),
    ).toBe(401);
    expect(await statusOf(presenting({ ...verified, certRevoked: '1' }), pinned)).toBe(401);
    expect(await statusOf(presenting({ ...verified, certFingerprintSHA256: 'cd'.repeat(32) }), pinned)).toBe(
      401,
    );
    expect(await statusOf(door(), pinned)).toBe(401);
  });

  it('by everything that is configured, and not by a part of it', async () => {
    const both = { PARTNER_ADDRESSES: '203.0.113.0/24' };
    const here = { 'cf-connecting-ip': '203.0.113.7' };
    const fromHere = (token: string | null) => onCloudflare(withHeaders(door(token), here));
    expect(await statusOf(fromHere(PARTNER_TOKEN), both)).toBe(200);
    expect(await statusOf(onCloudflare(door(PARTNER_TOKEN)), both)).toBe(401);
    expect(await statusOf(fromHere(null), both)).toBe(401);
  });

  it('under a secret path only, where there is one, and never by the path alone', async () => {
    const prefix = { PARTNER_PATH_PREFIX: 'a-secret-of-some-length' };
    const under = (token: string | null) =>
      partnerRequest(`/${prefix.PARTNER_PATH_PREFIX}/v1/access/permissions`, question, token);
    expect(await statusOf(under(PARTNER_TOKEN), prefix)).toBe(200);
    expect(await statusOf(under(null), prefix)).toBe(401);
    expect(await statusOf(door(PARTNER_TOKEN), prefix)).toBe(404);
    expect(await statusOf(under(PARTNER_TOKEN), { ...prefix, ...noToken })).toBe(503);
  });

  it('in no way that is misconfigured', async () => {
    for (const bad of [
      { PARTNER_ADDRESSES: '203.0.113.0/99' },
      { PARTNER_CERTIFICATES: 'not-a-fingerprint' },
      { PARTNER_TOKENS: 'short' },
      { PARTNER_TOKENS: `${PARTNER_TOKEN},${PARTNER_TOKEN}-2,${PARTNER_TOKEN}-3` },
      { PARTNER_TOKENS: 'a token with blanks in it' },
      { PARTNER_TOKENS: 'sha256:of-nothing-at-all' },
      { PARTNER_TOKENS: ADMIN_TOKEN },
      { PARTNER_ADDRESSES: '0.0.0.0/0' },
      { PARTNER_ADDRESSES: '::/0' },
      { PARTNER_JWT: '{"jwksUrl":' },
      { PARTNER_JWT: JSON.stringify({ jwksUrl: 'https://idp.test', issuer: 'i', audience: 'a' }) },
      {
        PARTNER_JWT: JSON.stringify({
          jwksUrl: 'http://idp.test',
          issuer: 'i',
          audience: 'a',
          header: 'x-j',
        }),
      },
      { PARTNER_PATH_PREFIX: 'short' },
      { TRUSTED_PROXY_HEADER: 'x forwarded for' },
    ]) {
      expect(await statusOf(door(PARTNER_TOKEN), bad)).toBe(500);
    }
  });
});

describe('signed requests', () => {
  afterEach(() => vi.restoreAllMocks());

  const settings = {
    jwksUrl: 'https://idp.test/jwks.json',
    issuer: 'https://idp.test',
    audience: 'our-doors',
  };

  const issuer = (url: string) => createIssuer(url, settings);

  it('are taken from the issuer, for us, while they are valid', async () => {
    const { sign } = await issuer(settings.jwksUrl);
    const signed = { ...noToken, PARTNER_JWT: JSON.stringify(settings) };
    expect(await statusOf(door(await sign({})), signed)).toBe(200);
    expect(await statusOf(door(await sign({}, { iss: 'https://else.test' })), signed)).toBe(401);
    expect(await statusOf(door(await sign({}, { aud: 'their-doors' })), signed)).toBe(401);
    expect(await statusOf(door(await sign({}, { exp: '-5m' })), signed)).toBe(401);
    expect(await statusOf(door(`${await sign({})}x`), signed)).toBe(401);
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ iss: settings.issuer, aud: settings.audience }))}.`;
    expect(await statusOf(door(unsigned.replaceAll('=', '')), signed)).toBe(401);
  });

  it('may stand in a header of their own beside a token', async () => {
    const { sign } = await issuer(settings.jwksUrl);
    const both = { PARTNER_JWT: JSON.stringify({ ...settings, header: 'X-Facepass-Signature' }) };
    const jwt = { 'x-facepass-signature': await sign({}) };
    expect(await statusOf(withHeaders(door(PARTNER_TOKEN), jwt), both)).toBe(200);
    expect(await statusOf(door(PARTNER_TOKEN), both)).toBe(401);
    expect(await statusOf(withHeaders(door(), jwt), both)).toBe(401);
  });

  it('of Cloudflare Access name an administrator, whose role is ours to give', async () => {
    const team = 'https://team.cloudflareaccess.com';
    const { sign } = await issuer(`${team}/cdn-cgi/access/certs`);
    const access = {
      ADMIN_ACCESS: JSON.stringify({
        teamDomain: 'team.cloudflareaccess.com',
        audience: 'aud-tag',
        roles: { 'viewer@example.com': 'viewer' },
      }),
    };
    const asking = async (email: string, path = '/admin/v1/releases/head', method = 'GET') => {
      const assertion = await sign({ email }, { iss: team, aud: 'aud-tag' });
      const headers = { 'cf-access-jwt-assertion': assertion, 'content-type': 'application/json' };
      return new Request(`https://edge.test${path}`, {
        method,
        headers,
        ...(method === 'GET' ? {} : { body: '{}' }),
      });
    };
    expect(await statusOf(await asking('viewer@example.com'), access)).toBe(200);
    expect(await statusOf(await asking('Viewer@Example.com'), access)).toBe(200);
    expect(await statusOf(await asking('stranger@example.com'), access)).toBe(401);
    expect(await statusOf(await asking('constructor'), access)).toBe(401);
    expect(await statusOf(await asking('viewer@example.com', '/admin/v1/denies', 'POST'), access)).toBe(403);
  });
});

describe('administrators', () => {
  const roles = {
    ADMIN_TOKENS: JSON.stringify(
      ['viewer', 'operator', 'admin'].map((role) => ({
        id: `a-${role}`,
        role,
        token: `token-of-the-${role}-here`,
      })),
    ),
    ADMIN_TOKEN: undefined,
  };
  const as = (role: string) => adminClient(roles, `token-of-the-${role}-here`);

  it('may do what their role allows and nothing more', async () => {
    await publish();
    const mode = { mode: 'normal' as const, reason: 'x' };
    const members = { members: [{ merchantUserKey: 'a', status: 'active' as const }] };
    await as('viewer').sites();
    await expect(as('viewer').setSiteMode('hq', mode)).rejects.toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
    await as('operator').setSiteMode('hq', mode);
    await expect(as('operator').upsertMembers(members)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await as('admin').upsertMembers(members);
    await expect(adminClient(roles, ADMIN_TOKEN).sites()).rejects.toMatchObject({ status: 401 });
  });

  it('do not come with a token of FacePass, also where one side has its hash', async () => {
    const token = 'one-token-for-both-sides';
    const hash = `sha256:${await sha256Hex(token)}`;
    const viewer = (text: string) => JSON.stringify([{ id: 'v', role: 'viewer', token: text }]);
    for (const both of [
      { PARTNER_TOKENS: hash, ADMIN_TOKENS: viewer(token) },
      { PARTNER_TOKENS: token, ADMIN_TOKENS: viewer(hash) },
    ]) {
      const { status, code } = await adminClient(both, token)
        .sites()
        .then(
          () => ({ status: 200, code: '' }),
          ({ status, code }) => ({ status, code }),
        );
      expect([status, code]).toEqual([500, 'BAD_ENVIRONMENT']);
      expect(await statusOf(door(token), both)).toBe(200);
    }
  });

  it('leave a trail of what they did and tried to do, with who, why and how it ended', async () => {
    await env.DB.exec('DELETE FROM audit');
    await as('operator').setSiteMode('hq', { mode: 'lockdown', reason: 'drill' });
    await as('viewer')
      .setSiteMode('hq', { mode: 'normal', reason: 'not allowed' })
      .catch(() => {});
    await as('admin').sites();
    expect(await as('admin').audit()).toMatchObject([
      { actor: 'a-viewer', role: 'viewer', status: 403 },
      { actor: 'a-operator', action: 'sites.lockdown', subject: 'hq', reason: 'drill', status: 204 },
    ]);
    await expect(as('operator').audit()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('leave word of it once a minute when they are turned away for asking too often, whatever they ask', async () => {
    await env.DB.exec('DELETE FROM audit');
    const limited = { ...roles, ADMIN_LIMIT: { limit: async () => ({ success: false }) } };
    const asked = async (role: string) =>
      await adminClient(limited, `token-of-the-${role}-here`)
        .sites()
        .catch(({ code }) => code);
    for (const role of ['viewer', 'viewer', 'operator', 'viewer']) {
      expect(await asked(role)).toBe('TOO_MANY_REQUESTS');
    }
    const refused = { action: 'GET', subject: null, reason: null, status: 429 };
    expect(await as('admin').audit()).toMatchObject([
      { actor: 'a-operator', role: 'operator', ...refused },
      { actor: 'a-viewer', role: 'viewer', ...refused },
    ]);
    const trail = createD1AuditTrail(env.DB);
    const entry = { id: 'request', actor: 'flood', role: 'viewer', ...refused };
    for (const at of [0, 1, 59_999, 60_000, 60_001]) await trail.record({ ...entry, at });
    await trail.record({ ...entry, at: 60_002, status: 403 });
    const flood = (await trail.list(10, undefined)).filter(({ actor }) => actor === 'flood');
    expect(flood.map(({ at }) => at)).toEqual([60_002, 60_000, 0]);
  });

  it('leave a trail that is read page by page without a gap, however fast they were', async () => {
    await env.DB.exec('DELETE FROM audit');
    const insert = env.DB.prepare(
      "INSERT INTO audit (id, at, actor, role, action, status) VALUES (?1, ?2, 'a', 'admin', 'x', 200)",
    );
    await env.DB.batch([1, 1, 2, 2, 2, 3].map((at, n) => insert.bind(`${n}`, at)));
    const read: string[] = [];
    for (let before: number | undefined; ; ) {
      const page: { id: string; at: number }[] = await as('admin').audit({ limit: 2, before });
      if (page.length === 0) break;
      read.push(...page.map(({ id }) => id));
      before = page.at(-1)?.at;
    }
    expect(read).toEqual(['5', '4', '3', '2', '1', '0']);
  });

  it('can lock down while the trail cannot be written', async () => {
    const broken = {
      prepare: () => {
        throw new Error('down');
      },
    };
    await adminClient({ DB: broken }).setSiteMode('hq', { mode: 'lockdown', reason: 'fire' });
    expect(await adminClient().sites()).toMatchObject([{ mode: 'lockdown', reason: 'fire' }]);
  });
});
