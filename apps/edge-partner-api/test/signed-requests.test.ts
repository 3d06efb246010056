import { exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createIssuer } from './issuer.ts';
import { ADMIN_TOKEN, partnerRequest, send, sharedStores } from './world.ts';

sharedStores();

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An issuer, and a deployment of its own that believes it, with nothing in memory yet. */
async function world() {
  const id = crypto.randomUUID();
  const settings = {
    jwksUrl: `https://idp.test/${id}.json`,
    issuer: `https://idp.test/${id}`,
    audience: 'our-doors',
  };
  const issuer = await createIssuer(settings.jwksUrl, settings);
  const deployment = { PARTNER_TOKENS: undefined, PARTNER_JWT: JSON.stringify(settings) };
  const request = (jwt: string) =>
    partnerRequest('/v1/access/permissions', { merchantUserKey: '000001', params: {} }, jwt);
  const statusFor = async (jwt: string): Promise<number> => (await send(request(jwt), deployment)).status;
  const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
  vi.useFakeTimers({ toFake: ['Date'] });
  return { settings, issuer, deployment, request, statusFor, later };
}

describe('a signed request', () => {
  it('may be signed for several, if we are among them', async () => {
    const { issuer, statusFor } = await world();
    expect(await statusFor(await issuer.sign({}, { aud: ['their-doors', 'our-doors'] }))).toBe(200);
    expect(await statusFor(await issuer.sign({}, { aud: ['their-doors'] }))).toBe(401);
  });

  it('is valid within its time and half a minute of clocks that differ', async () => {
    const { issuer, statusFor } = await world();
    expect(await statusFor(await issuer.sign({}, { exp: '-20s' }))).toBe(200);
    expect(await statusFor(await issuer.sign({}, { exp: '-40s' }))).toBe(401);
    expect(await statusFor(await issuer.sign({}, { nbf: '20s' }))).toBe(200);
    expect(await statusFor(await issuer.sign({}, { nbf: '40s' }))).toBe(401);
    expect(await statusFor(await issuer.sign({}, { exp: null }))).toBe(401);
  });

  it('is not believed for what it says about its own key or algorithm', async () => {
    const { issuer, settings, statusFor } = await world();
    expect(await statusFor(await issuer.sign({}))).toBe(200);
    const jwk = issuer.publicJwk();
    const claims = (signer: SignJWT) =>
      signer.setIssuer(settings.issuer).setAudience(settings.audience).setExpirationTime('1m');
    const publicPem = new TextEncoder().encode(
      // An ES256 public key is what anybody may read at the issuer's address.
      await exportSPKI((await importJWK({ ...jwk, ext: true }, 'ES256')) as CryptoKey),
    );
    const mine = await generateKeyPair('ES256');
    const forged = [
      // The public key taken for a shared secret.
      await claims(new SignJWT().setProtectedHeader({ alg: 'HS256', kid: jwk.kid })).sign(publicPem),
      // A key of the attacker's own, named or brought along.
      await claims(new SignJWT().setProtectedHeader({ alg: 'ES256', kid: jwk.kid })).sign(mine.privateKey),
      await claims(
        new SignJWT().setProtectedHeader({ alg: 'ES256', kid: jwk.kid, jku: 'https://evil.test/jwks', jwk }),
      ).sign(mine.privateKey),
    ];
    for (const jwt of forged) expect(await statusFor(jwt)).toBe(401);
  });

  it('is not taken for a shared secret that the key set lists', async () => {
    const { issuer, settings, statusFor } = await world();
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const k = btoa(String.fromCharCode(...secret))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
    issuer.state.keys.push({ kty: 'oct', k, kid: 'shared', alg: 'HS256' });
    const jwt = await new SignJWT()
      .setProtectedHeader({ alg: 'HS256', kid: 'shared' })
      .setIssuer(settings.issuer)
      .setAudience(settings.audience)
      .setExpirationTime('1m')
      .sign(secret);
    expect(await statusFor(jwt)).toBe(401);
  });
});

describe('the key set of an issuer', () => {
  it('is asked for once, and again when a request is signed with a key it did not list', async () => {
    const { issuer, statusFor, later } = await world();
    await statusFor(await issuer.sign({}));
    await statusFor(await issuer.sign({}));
    expect(issuer.state.asked).toBe(1);
    await issuer.rotate();
    later(MINUTE);
    expect(await statusFor(await issuer.sign({}))).toBe(200);
    expect(issuer.state.asked).toBe(2);
  });

  it('is asked for at most every half minute, however many unknown keys are named', async () => {
    const { issuer, statusFor, later } = await world();
    await statusFor(await issuer.sign({}));
    later(MINUTE);
    for (let i = 0; i < 5; i++) {
      const unknown = { kid: crypto.randomUUID() };
      expect(await statusFor(await issuer.sign({}, { header: unknown }))).toBe(401);
    }
    expect(issuer.state.asked).toBe(2);
  });

  it('is waited for by everybody who comes while it is fetched, at first and when a key is new', async () => {
    const { issuer, statusFor, later } = await world();
    const atOnce = async (count: number) => {
      let answer = (): void => {};
      issuer.state.ready = new Promise((resolve) => {
        answer = resolve;
      });
      const jwt = await issuer.sign({});
      const statuses = Array.from({ length: count }, async () => await statusFor(jwt));
      await vi.waitFor(() => expect(issuer.state.asked).toBeGreaterThan(0));
      answer();
      return new Set(await Promise.all(statuses));
    };
    expect(await atOnce(10)).toEqual(new Set([200]));
    await issuer.rotate();
    later(MINUTE);
    issuer.state.asked = 0;
    expect(await atOnce(10)).toEqual(new Set([200]));
    later(MINUTE);
    const forged = Array.from({ length: 200 }, async (_, kid) => {
      await statusFor(await issuer.sign({}, { header: { kid: `${kid}` } }));
    });
    issuer.state.asked = 0;
    await Promise.all(forged);
    expect(issuer.state.asked).toBeLessThanOrEqual(50);
  });

  it('is asked for again where callers went away while it was fetched', async () => {
    const { issuer, deployment, request, statusFor, later } = await world();
    issuer.state.ready = new Promise(() => {});
    const jwt = await issuer.sign({}, { exp: '1h' });
    // Nobody waits for these, as nobody does for a request that was cancelled.
    for (let gone = 0; gone < 60; gone++) void send(request(jwt), deployment);
    await vi.waitFor(() => expect(issuer.state.asked).toBe(50));
    issuer.state.ready = Promise.resolve();
    later(MINUTE);
    expect(await statusFor(jwt)).toBe(200);
  });

  it('is not asked for by what cannot be a signed request at all', async () => {
    const { issuer, statusFor } = await world();
    for (const junk of ['x', 'a.b.c', `${btoa('{"alg":"none"}').replaceAll('=', '')}.e30.`]) {
      expect(await statusFor(junk)).toBe(401);
    }
    expect(issuer.state.asked).toBe(0);
  });

  it('serves a day while the issuer is away, and no longer', async () => {
    const { issuer, statusFor, later } = await world();
    await statusFor(await issuer.sign({}));
    issuer.state.up = false;
    later(11 * MINUTE);
    expect(await statusFor(await issuer.sign({}))).toBe(200);
    later(12 * HOUR);
    expect(await statusFor(await issuer.sign({}))).toBe(200);
    later(12 * HOUR);
    expect(await statusFor(await issuer.sign({}))).toBe(503);
    issuer.state.up = true;
    later(MINUTE);
    expect(await statusFor(await issuer.sign({}))).toBe(200);
  });

  it('forgets a key that the issuer withdrew, a quarter of an hour later at most', async () => {
    const { issuer, statusFor, later } = await world();
    const jwt = await issuer.sign({}, { exp: '2h' });
    expect(await statusFor(jwt)).toBe(200);
    await issuer.rotate();
    later(11 * MINUTE);
    // Answered with what is in memory, and the key set fetched behind the answer.
    await statusFor(jwt);
    expect(await statusFor(jwt)).toBe(401);
  });

  it('that cannot be had is 503 for a caller who might be right, and 401 for one who is wrong anyway', async () => {
    const { issuer, deployment, request, statusFor } = await world();
    issuer.state.up = false;
    const jwt = await issuer.sign({});
    const response = await send(request(jwt), deployment);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'CALLER_KEYS_UNAVAILABLE' });
    expect(await statusFor('x')).toBe(401);
    const elsewhere = { ...deployment, PARTNER_ADDRESSES: '203.0.113.0/24' };
    expect((await send(request(jwt), elsewhere)).status).toBe(401);
  });

  it('of Cloudflare Access that cannot be had keeps no administrator with a token out', async () => {
    const team = `${crypto.randomUUID()}.cloudflareaccess.com`;
    const issuer = await createIssuer(`https://${team}/cdn-cgi/access/certs`, {
      issuer: `https://${team}`,
      audience: 'aud-tag',
    });
    issuer.state.up = false;
    const access = {
      ADMIN_ACCESS: JSON.stringify({
        teamDomain: team,
        audience: 'aud-tag',
        roles: { 'a@example.com': 'admin', [`${'a'.repeat(32)}.access`]: 'viewer' },
      }),
    };
    const asking = (headers: Record<string, string>) =>
      send(new Request('https://edge.test/admin/v1/releases/head', { headers }), access);
    const assertion = await issuer.sign({ email: 'a@example.com' });
    const both = { 'cf-access-jwt-assertion': assertion, authorization: `Bearer ${ADMIN_TOKEN}` };
    expect((await asking(both)).status).toBe(200);
    expect((await asking({ 'cf-access-jwt-assertion': assertion })).status).toBe(503);
    issuer.state.up = true;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + MINUTE });
    const service = await issuer.sign({ common_name: `${'a'.repeat(32)}.access` });
    expect((await asking({ 'cf-access-jwt-assertion': service })).status).toBe(200);
  });
});
