import { beforeEach, describe, expect, it } from 'vitest';
import {
  answerOf,
  createFacePass,
  credentials,
  type FacePass,
  noonMs,
  requestToken,
} from './support/facepass.ts';

const { clientId, clientSecret } = credentials;
const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };

let facepass: FacePass;
let nowMs = noonMs;

beforeEach(async () => {
  nowMs = noonMs;
  facepass = await createFacePass({ now: () => nowMs });
});

async function token(given: Record<string, string> = form, headers: Record<string, string> = {}) {
  return answerOf(await requestToken(facepass, given, headers));
}

async function use(accessToken: unknown): Promise<number> {
  const request = { method: 'POST', headers: { authorization: `Bearer ${accessToken}` } };
  return (await facepass.fetch(new Request('http://facepass.test/api/v1/rsa-public-key', request))).status;
}

describe('the token endpoint', () => {
  it('gives a bearer token for client credentials, not to be stored', async () => {
    const { status, headers, body } = await token();
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
    expect(headers.get('cache-control')).toBe('no-store');
    await expect(use(body['access_token'])).resolves.toBe(200);
  });

  it('takes the credentials as HTTP Basic too, but not both ways at once', async () => {
    const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
    await expect(token({ grant_type: 'client_credentials' }, { authorization })).resolves.toMatchObject({
      status: 200,
    });
    await expect(token(form, { authorization })).resolves.toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });

  it('repeats a scope that was asked for', async () => {
    await expect(token({ ...form, scope: 'ca' })).resolves.toMatchObject({ body: { scope: 'ca' } });
  });

  it.each([
    ['a wrong secret', { ...form, client_secret: 'wrong' }, 401, 'invalid_client'],
    ['an unknown client', { ...form, client_id: 'nobody' }, 401, 'invalid_client'],
    ['another grant', { ...form, grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['no grant', { client_id: clientId, client_secret: clientSecret }, 400, 'invalid_request'],
  ])('refuses %s as OAuth says', async (_, given, status, error) => {
    await expect(token(given)).resolves.toMatchObject({ status, body: { error } });
  });

  it('refuses credentials sent as JSON', async () => {
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(form),
    };
    const response = await facepass.fetch(new Request('http://facepass.test/token', request));
    expect(response.status).toBe(400);
  });

  it('gives tokens that end when they said they would', async () => {
    const { body } = await token();
    nowMs += 3_599_999;
    await expect(use(body['access_token'])).resolves.toBe(200);
    nowMs += 1;
    await expect(use(body['access_token'])).resolves.toBe(401);
  });

  it.each([
    ['fresh', 'another', 200],
    ['same', 'the same', 200],
    ['fresh-revokes', 'another', 401],
  ] as const)(
    'reissues %s: %s token, and the first one then answers %i',
    async (tokenReissue, which, status) => {
      await facepass.control.run('merchants/configure', { personality: { tokenReissue } });
      const [first, second] = [await token(), await token()];
      expect(second.body['access_token'] === first.body['access_token']).toBe(which === 'the same');
      await expect(use(first.body['access_token'])).resolves.toBe(status);
    },
  );

  it('counts how many tokens were asked for', async () => {
    await token();
    await token();
    await expect(facepass.control.run('truth', {})).resolves.toMatchObject({ tokensIssued: 2 });
  });
});

describe('an endpoint', () => {
  it.each([
    ['no token', {}],
    ['an unknown token', { authorization: 'Bearer nothing' }],
    ['another scheme', { authorization: 'Basic bm90aGluZw==' }],
  ])('answers 401 to %s', async (_, headers) => {
    const request = new Request('http://facepass.test/api/v1/rsa-public-key', { method: 'POST', headers });
    const answer = await answerOf(await facepass.fetch(request));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body).toMatchObject({ resultType: 'FAIL', error: { errorCode: 'UNAUTHORIZED' } });
  });

  it('answers 405 to another method and 404 to another path', async () => {
    await expect(facepass.call('rsa-public-key')).resolves.toMatchObject({ status: 405 });
    await expect(facepass.call('merchant/nothing', {})).resolves.toMatchObject({ status: 404 });
  });
});
