import { describe, expect, it } from 'vitest';
import { app } from '../src/app.ts';
import { ADMIN_TOKEN, PARTNER_TOKEN, partnerRequest, send, sharedStores } from './world.ts';

sharedStores();

/** What anybody may ask. */
const PUBLIC = ['/healthz', '/readyz', '/openapi.json'];

/** Every route that is mounted, found by enumeration, so that a new one cannot be forgotten here. */
const routes = app.routes
  .filter(({ method, path }) => method !== 'ALL' && !PUBLIC.includes(path))
  .map(({ method, path }) => ({ method, path: path.replaceAll(/:\w+/g, 'x') }))
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

describe('callers', () => {
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
