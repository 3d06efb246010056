import { describe, expect, it, vi } from 'vitest';
import { app } from '../src/app.ts';
import { ADMIN_BODY_MAX_BYTES } from '../src/http/json-body.ts';
import { routes as declared } from '../src/routes/index.ts';
import { ADMIN_TOKEN, PARTNER_TOKEN, partnerRequest, send, sharedStores } from './world.ts';

sharedStores();

/** What anybody may ask. */
const PUBLIC = ['/healthz', '/readyz'];

/** An address of a pattern, with parameters of the form the routes expect. */
const SAMPLES: Record<string, string> = { person: 'p'.repeat(43), hash: 'a'.repeat(64) };
const addressOf = (pattern: string) => pattern.replaceAll(/:(\w+)/g, (_, name) => SAMPLES[name] ?? 'x');

/** Every route that is mounted, found by enumeration, so that a new one cannot be forgotten here. */
const routes = app.routes
  .filter(({ method, path }) => method !== 'ALL' && !PUBLIC.includes(path))
  .map(({ method, path }) => ({ method, path: addressOf(path) }))
  .filter(
    (route, at, all) => all.findIndex((r) => r.method === route.method && r.path === route.path) === at,
  );

function request({ method, path }: { method: string; path: string }, authorization?: string): Request {
  return new Request(`https://edge.test${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });
}

/** What each side presents, and what configures it. */
const SIDES: Record<string, { own: string; other: string; variable: string; configured: object }> = {
  v1: { own: PARTNER_TOKEN, other: ADMIN_TOKEN, variable: 'PARTNER_TOKENS', configured: {} },
  admin: { own: ADMIN_TOKEN, other: PARTNER_TOKEN, variable: 'ADMIN_TOKEN', configured: {} },
  // Members come with a JWT; here its issuer has no keys, so that nothing presented can be right.
  broker: {
    own: 'no.such.token',
    other: ADMIN_TOKEN,
    variable: 'BROKER_JWT',
    configured: {
      BROKER_JWT: JSON.stringify({
        jwksUrl: 'https://idp.test/none',
        issuer: 'https://idp.test',
        audience: 'apps',
      }),
    },
  },
};

describe.each(routes)('$method $path', (route) => {
  const side = SIDES[route.path.split('/')[1] ?? ''] ?? raise(route.path);
  const { own, other, variable, configured } = side;

  const refused = {
    'no credentials': undefined,
    'an empty token': 'Bearer ',
    'a wrong token': 'Bearer wrong-token-of-some-length',
    'part of the token': `Bearer ${own.slice(0, -1)}`,
    'the token under another scheme': `Basic ${own}`,
    'both tokens at once': `Bearer ${PARTNER_TOKEN},partner-token-of-last-year`,
    "the other side's token": `Bearer ${other}`,
  };

  it('answers every wrong or missing token with 401', async () => {
    for (const [what, authorization] of Object.entries(refused)) {
      const response = await send(request(route, authorization), configured);
      expect(response.status, what).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await response.json()).toMatchObject({ code: 'UNAUTHORIZED' });
    }
  });

  it('answers 503 where no token is configured, whatever is presented', async () => {
    for (const authorization of [undefined, `Bearer ${own}`, 'Bearer undefined']) {
      const response = await send(request(route, authorization), { [variable]: undefined });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ code: 'NOT_CONFIGURED' });
    }
  });

  if (side !== SIDES['broker']) {
    it('lets its own token in', async () => {
      const { status } = await send(request(route, `Bearer ${own}`));
      expect([401, 403, 503]).not.toContain(status);
    });
  }
});

function raise(path: string): never {
  throw new Error(`${path} belongs to no side: say here who may call it`);
}

/** Whether a pattern leads to this address; a fixed word may also be read as a parameter. */
const leadsTo = (pattern: string, address: string) =>
  new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`).test(address);

/** Every address of the two sides whose token these tests have, with the methods it takes. */
const addresses = [...new Set(routes.map(({ path }) => path))]
  .filter((path) => !path.startsWith('/broker/'))
  .map((path) => {
    const taken = app.routes.filter((route) => route.method !== 'ALL' && leadsTo(route.path, path));
    return { path, methods: [...new Set(taken.map(({ method }) => method))] };
  });

const ownToken = (path: string) => `Bearer ${SIDES[path.split('/')[1] ?? '']?.own}`;

describe.each(addresses)('$path', ({ path, methods }) => {
  it('says which methods it takes to whoever uses another', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      if (methods.includes(method)) continue;
      const response = await send(request({ method, path }, ownToken(path)));
      expect(response.status, method).toBe(405);
      const allowed = response.headers.get('allow')?.split(', ') ?? [];
      expect(allowed.length).toBeGreaterThan(0);
      expect(methods).toEqual(expect.arrayContaining(allowed));
      expect(await response.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
    }
  });
});

const bodied = declared
  .filter(({ spec: { access, body } }) => body !== undefined && access !== 'broker' && access !== 'public')
  .map(({ spec: { method, path } }) => ({
    method: method.toUpperCase(),
    path: addressOf(path),
  }));

describe.each(bodied)('the body of $method $path', ({ method, path }) => {
  it.each([
    ['another content type', '{}', 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['no content type', '{}', undefined, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['half of a JSON text', '{"a":', 'application/json', 400, 'MALFORMED_JSON'],
    ['JSON nested too deeply', `{"a":${'['.repeat(99)}`, 'application/json', 400, 'JSON_TOO_DEEP'],
    ['too many bytes', 'x'.repeat(ADMIN_BODY_MAX_BYTES + 1), 'application/json', 413, 'BODY_TOO_LARGE'],
  ])('is refused as %s', async (_, body, contentType, status, code) => {
    const headers = new Headers({ authorization: ownToken(path) });
    if (contentType !== undefined) headers.set('content-type', contentType);
    const bytes = new TextEncoder().encode(body);
    const response = await send(new Request(`https://edge.test${path}`, { method, headers, body: bytes }));
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    const problem = path.startsWith('/admin/');
    expect(response.headers.get('content-type')).toMatch(problem ? /problem\+json/ : /application\/json/);
  });
});

describe('callers', () => {
  it('are let in as soon as the log has said what to set', async () => {
    const written: string[] = [];
    const spy = vi
      .spyOn(console, 'error')
      .mockImplementation((line: unknown) => void written.push(String(line)));
    await send(partnerRequest('/v1/access/permissions', {}), { PARTNER_TOKENS: undefined });
    await send(new Request('https://edge.test/admin/v1/sites'), { ADMIN_TOKEN: undefined });
    spy.mockRestore();
    expect(written.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'environment', problem: expect.stringContaining('PARTNER_TOKENS or PARTNER_ADDRESSES') },
      { event: 'environment', problem: expect.stringContaining('ADMIN_TOKEN or ADMIN_TOKENS') },
    ]);
  });

  it('may use either of two tokens while one replaces the other', async () => {
    const question = { merchantUserKey: '000001', params: {} };
    for (const token of [PARTNER_TOKEN, 'partner-token-of-last-year']) {
      expect((await send(partnerRequest('/v1/access/permissions', question, token))).status).toBe(200);
    }
  });

  it('need a token before they are told that a route does not exist', async () => {
    expect((await send(new Request('https://edge.test/admin/v1/nothing'))).status).toBe(401);
    expect((await send(partnerRequest('/v1/nothing', {}, null))).status).toBe(401);
  });

  it('learn nothing of a variable that is wrong, and the log learns its name only', async () => {
    const request = partnerRequest('/v1/access/permissions', { merchantUserKey: '000001', params: {} });
    const response = await send(request, { PEPPER: 'marked-too-short' });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ code: 'BAD_ENVIRONMENT' });
  });

  it('need nothing for the health check', async () => {
    const response = await send(new Request('https://edge.test/healthz'));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok' });
  });
});
