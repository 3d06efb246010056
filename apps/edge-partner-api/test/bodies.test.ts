import { describe, expect, it } from 'vitest';
import { PARTNER_BODY_MAX_BYTES } from '../src/http/json-body.ts';
import { adminClient, ask, freshStores, member, partnerRequest, publish, putMembers, send } from './world.ts';

freshStores();

const door = '/v1/access/permissions';

describe('a body that does not fit', () => {
  it('is answered with 400, a stable code and the path of the field', async () => {
    expect(await ask(door, { merchantUserKey: 7, params: [] })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST', errors: [{ path: 'merchantUserKey' }, { path: 'params' }] },
    });
    expect(await ask('/v1/user/validate', { encryptedKey: 'AAAA', iv: 'AAAA' })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST', errors: [{ path: 'encryptedCI' }] },
    });
    expect(await ask('/v1/callback/registered', { merchantUserKey: 'a', txId: 't' })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST', errors: [{ path: 'registered' }] },
    });
  });

  it.each([
    ['no JSON', '{"merchantUserKey": ', 400, 'MALFORMED_JSON'],
    ['nothing at all', '', 400, 'MALFORMED_JSON'],
    ['JSON nested too deeply', `{"params":${'['.repeat(5_000)}`, 400, 'JSON_TOO_DEEP'],
    ['too many bytes', JSON.stringify({ params: 'x'.repeat(PARTNER_BODY_MAX_BYTES) }), 413, 'BODY_TOO_LARGE'],
  ])('is refused where it is %s', async (_, body, status, code) => {
    expect(await ask(door, body)).toMatchObject({ status, body: { code } });
  });

  it('is refused in pieces of unannounced length too', async () => {
    const piece = new TextEncoder().encode('x'.repeat(10_000));
    let pieces = 0;
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(piece);
        if (++pieces > 100) controller.close();
      },
    });
    const { url, headers } = partnerRequest(door, {});
    const response = await send(new Request(url, { method: 'POST', headers, body: endless }));
    expect(response.status).toBe(413);
    expect(pieces).toBeLessThan(20);
  });

  it('is refused under another content type', async () => {
    const { url, headers } = partnerRequest(door, {});
    headers.set('content-type', 'text/plain');
    const response = await send(new Request(url, { method: 'POST', headers, body: '{}' }));
    expect(response.status).toBe(415);
  });

  it('is a problem with paths on the admin side', async () => {
    await expect(putMembers(member('000001', { groups: ['no spaces!'] }))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      status: 400,
      errors: [{ path: 'members.0.groups.0' }],
    });
    await expect(putMembers(member('000001'), member('000001'))).rejects.toMatchObject({
      errors: [{ path: 'members.1.merchantUserKey' }],
    });
  });
});

describe('the admin API', () => {
  it('gives every write of a member the next version', async () => {
    expect(await putMembers(member('a'), member('b'))).toEqual({
      members: [
        { merchantUserKey: 'a', version: 1 },
        { merchantUserKey: 'b', version: 1 },
      ],
    });
    expect(await putMembers(member('b'))).toEqual({ members: [{ merchantUserKey: 'b', version: 2 }] });
  });

  it('refuses a CI that another member has, naming the place', async () => {
    await putMembers(member('a', { identity: { ci: 'CI' } }));
    await expect(putMembers(member('x'), member('b', { identity: { ci: 'CI' } }))).rejects.toMatchObject({
      status: 409,
      code: 'CI_TAKEN',
      errors: [{ path: 'members.1.identity.ci' }],
    });
    expect(await putMembers(member('x'))).toMatchObject({ members: [{ version: 1 }] });
  });

  it('keeps the order of releases, and publishes only over the head that was expected', async () => {
    expect(await adminClient().releaseHead()).toBeNull();
    const first = await publish();
    expect(first).toMatchObject({ version: 1, publishedBy: 'tests', reason: 'a test' });
    expect(await adminClient().releaseHead()).toEqual(first);
    const release = { sites: [{ id: 'hq', timeZone: 'Asia/Seoul' }] };
    const publication = { release, publishedBy: 'tests', reason: 'again' };
    await expect(adminClient().publishRelease({ ...publication, expectedHead: null })).rejects.toMatchObject({
      status: 409,
      code: 'HEAD_MOVED',
    });
    expect(await adminClient().publishRelease({ ...publication, expectedHead: first.hash })).toMatchObject({
      version: 2,
    });
  });

  it('refuses a release that does not hold together, naming every place', async () => {
    const release = {
      sites: [{ id: 'hq', timeZone: 'Asia/Seoul' }],
      rules: [{ id: 'r', effect: 'permit' as const, who: { groups: ['nobody'] }, zones: ['nowhere'] }],
    };
    await expect(
      adminClient().publishRelease({ release, publishedBy: 'tests', reason: 'a mistake' }),
    ).rejects.toMatchObject({
      status: 422,
      code: 'INVALID_RELEASE',
      errors: expect.arrayContaining([expect.objectContaining({ path: 'release.rules.0.zones.0' })]),
    });
    expect(await adminClient().releaseHead()).toBeNull();
  });

  it('knows no mode for a site that the rules do not have', async () => {
    await publish();
    await expect(
      adminClient().setSiteMode('elsewhere', { mode: 'lockdown', reason: 'x' }),
    ).rejects.toMatchObject({
      status: 404,
      code: 'UNKNOWN_SITE',
    });
  });

  it('passes on what the mirror has, and says so where there is none or it fails', async () => {
    expect(await adminClient().sync()).toMatchObject({ runId: 'run-1' });
    expect(await adminClient().recentVerifications({ merchantUserKey: 'a' })).toMatchObject([
      { merchantUserKey: 'a' },
    ]);
    expect(await adminClient().recentRegistrations()).toHaveLength(1);
    await expect(adminClient({ MIRROR: undefined }).sync()).rejects.toMatchObject({
      status: 503,
      code: 'NO_MIRROR',
    });
    await expect(adminClient().recentVerifications({ limit: 999 })).rejects.toMatchObject({
      status: 502,
      code: 'MIRROR_FAILED',
    });
  });
});
