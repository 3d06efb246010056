import { describe, expect, it } from 'vitest';
import { siteModeRequest, upsertMembersRequest } from './admin-api.ts';
import { AdminApiError, createAdminClient } from './admin-client.ts';

/** A client whose server gives one answer, and what it was asked. */
function clientOf(response: Response) {
  const requests: Request[] = [];
  const client = createAdminClient({
    baseUrl: 'https://edge.example',
    token: 'the-token',
    fetch: async (input, init) => {
      requests.push(new Request(input instanceof Request ? input : input.toString(), init));
      return response;
    },
  });
  return { client, requests };
}

const head = { hash: 'abc', version: 1, publishedBy: 'a', publishedAt: 1, reason: 'r' };

describe('the admin client', () => {
  it('sends its token and body, and reads the answer', async () => {
    const answer = { members: [{ merchantUserKey: '000001', version: 3 }] };
    const { client, requests } = clientOf(Response.json(answer));
    const members = [{ merchantUserKey: '000001', status: 'active' as const }];
    expect(await client.upsertMembers({ members })).toEqual(answer);
    const [request] = requests;
    expect(request?.method).toBe('PUT');
    expect(request?.url).toBe('https://edge.example/admin/v1/members');
    expect(request?.headers.get('authorization')).toBe('Bearer the-token');
    expect(await request?.json()).toEqual({ members });
  });

  it('reads null where nothing is published, and a head where something is', async () => {
    expect(await clientOf(Response.json(null)).client.releaseHead()).toBeNull();
    expect(await clientOf(Response.json(head)).client.releaseHead()).toEqual(head);
  });

  it('takes an empty answer for a mode that was set, and escapes the site', async () => {
    const { client, requests } = clientOf(new Response(null, { status: 204 }));
    await client.setSiteMode('본사/1', { mode: 'lockdown', reason: 'drill' });
    expect(requests[0]?.url).toBe('https://edge.example/admin/v1/sites/%EB%B3%B8%EC%82%AC%2F1/mode');
  });

  it('puts a query into the address, and leaves out what is not given', async () => {
    const { client, requests } = clientOf(Response.json([]));
    await client.listMembers({ group: 'a b', limit: 5 }).catch(() => {});
    expect(requests[0]?.url).toBe('https://edge.example/admin/v1/members?group=a+b&limit=5');
  });

  it('never puts a key into an address', async () => {
    const { client, requests } = clientOf(Response.json([]));
    await client.recentDecisions({ merchantUserKey: 'marked', limit: 5 });
    expect(requests[0]?.url).toBe('https://edge.example/admin/v1/mirror/decisions/search');
    expect(await requests[0]?.json()).toEqual({ merchantUserKey: 'marked', limit: 5 });
  });

  it('throws the code, status and places of a problem', async () => {
    const problem = {
      type: 'about:blank',
      title: 'INVALID_REQUEST',
      status: 400,
      code: 'INVALID_REQUEST',
      detail: 'what happened',
      errors: [{ path: 'a.b', message: 'expected c' }],
    };
    const error: unknown = await clientOf(Response.json(problem, { status: 400 }))
      .client.sync()
      .catch((e) => e);
    expect(error).toBeInstanceOf(AdminApiError);
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      status: 400,
      message: 'what happened',
      errors: problem.errors,
    });
  });

  it('throws where a refusal is no problem document, and where an answer has another shape', async () => {
    await expect(clientOf(new Response('<html>', { status: 502 })).client.sync()).rejects.toMatchObject({
      code: 'HTTP_ERROR',
      status: 502,
    });
    await expect(clientOf(Response.json({ hash: 7 })).client.releaseHead()).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
    });
    await expect(clientOf(new Response('<html>')).client.releaseHead()).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
    });
  });
});

describe('what an administrator may write', () => {
  it('names nothing of a member that was not written, so that it stays as it is stored', () => {
    const { members } = upsertMembersRequest.parse({ members: [{ merchantUserKey: 'a', status: 'active' }] });
    expect(members).toEqual([{ merchantUserKey: 'a', status: 'active' }]);
  });

  it.each([
    ['no member', []],
    [
      'a phone number with hyphens',
      [{ merchantUserKey: 'a', status: 'active', identity: { phoneNumber: '010-1234-5678' } }],
    ],
    [
      'a birth date of six digits',
      [{ merchantUserKey: 'a', status: 'active', identity: { birthDate: '900101' } }],
    ],
    [
      'a birth date that does not exist',
      [{ merchantUserKey: 'a', status: 'active', identity: { birthDate: '19900230' } }],
    ],
    [
      'a name of more than 50 bytes',
      [{ merchantUserKey: 'a', status: 'active', identity: { name: '가'.repeat(17) } }],
    ],
    ['a misspelt field', [{ merchantUserKey: 'a', status: 'active', validUtil: '2026-01-01T00:00:00Z' }]],
    ['a misspelt identity', [{ merchantUserKey: 'a', status: 'active', identity: { nmae: 'x' } }]],
    ['a status of its own', [{ merchantUserKey: 'a', status: 'asleep' }]],
  ])('refuses %s', (_, members) => {
    expect(upsertMembersRequest.safeParse({ members }).success).toBe(false);
  });

  it('counts a name in bytes of its composed form', () => {
    const name = '가'.repeat(16).normalize('NFD');
    const { members } = upsertMembersRequest.parse({
      members: [{ merchantUserKey: 'a', status: 'active', identity: { name, birthDate: '20240229' } }],
    });
    expect(members[0]?.identity).toEqual({ name: '가'.repeat(16), birthDate: '20240229' });
  });

  it('lets a mode end by itself, or not', () => {
    expect(siteModeRequest.parse({ mode: 'lockdown', reason: 'r' }).until).toBeNull();
    expect(siteModeRequest.parse({ mode: 'evacuate', reason: 'r', until: 5 }).until).toBe(5);
  });
});
