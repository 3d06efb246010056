import { describe, expect, it } from 'vitest';
import {
  ADMIN_TOKEN,
  adminClient,
  askDoor,
  freshStores,
  member,
  offices,
  publish,
  putMembers,
  send,
} from './world.ts';

freshStores();

const NFC = '회원1';
const NFD = NFC.normalize('NFD');
const everybodyBut = (who: object) =>
  publish({
    ...offices,
    groups: [{ id: 'staff' }, { id: '출입금지' }],
    sites: [{ id: 'hq', timeZone: 'Asia/Seoul' }],
    rules: [
      { id: 'all', effect: 'permit', who: { everyone: true }, zones: ['*'] },
      { id: 'out', effect: 'forbid', who, zones: ['*'] },
    ],
  });

describe('a key that is no text', () => {
  it('is refused, and nobody else is taken for its owner', async () => {
    await publish();
    const replacement = JSON.stringify({ members: [member('\ufffd')] }).replace('\ufffd', '\\ufffd');
    expect((await put(replacement)).status).toBe(200);
    for (const half of ['\ud800', 'a\udfff']) {
      await expect(putMembers(member(half))).rejects.toMatchObject({
        status: 400,
        errors: [{ path: 'members.0.merchantUserKey' }],
      });
      await expect(adminClient().deny({ merchantUserKey: half, reason: 'x' })).rejects.toMatchObject({
        status: 400,
      });
    }
    expect(await askDoor('\ufffd')).toMatchObject({ verified: true });
    expect(await askDoor('\ud800')).toMatchObject({ verified: false });
  });

  it('is told by the request that is not UTF-8, as one of an older system in EUC-KR is', async () => {
    // 회원1 and 직원1 in EUC-KR: read as UTF-8 all of their bytes become the same character.
    for (const bytes of [
      [0xc8, 0xb8, 0xbf, 0xf8],
      [0xc1, 0xf7, 0xbf, 0xf8],
    ]) {
      const [before, after] = JSON.stringify({ members: [member('?1')] }).split('?');
      const body = new Uint8Array([...encoded(before), ...bytes, ...encoded(after)]);
      const response = await put(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'NOT_UTF8' });
    }
  });
});

const put = (body: string | Uint8Array<ArrayBuffer>) =>
  send(
    new Request('https://edge.test/admin/v1/members', {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
      body,
    }),
  );
const encoded = (text = '') => new TextEncoder().encode(text);

describe('a key or group in another Unicode form', () => {
  it('does not lead around a forbid that names the member', async () => {
    await everybodyBut({ members: [NFC] });
    await putMembers(member(NFC));
    expect(await askDoor(NFC)).toMatchObject({ verified: false });
    expect(await askDoor(NFD)).toMatchObject({ verified: false });
  });

  it('does not lead around a forbid that names the group', async () => {
    await everybodyBut({ groups: ['출입금지'] });
    await putMembers(member('000001', { groups: ['출입금지'.normalize('NFD')] }));
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    expect((await adminClient().listMembers({ group: '출입금지'.normalize('NFD') })).members).toHaveLength(1);
  });

  it('does not lead around a deny entry', async () => {
    await everybodyBut({ members: ['nobody'] });
    await putMembers(member(NFC, { groups: ['출입금지'] }));
    expect(await askDoor(NFD)).toMatchObject({ verified: true });
    await adminClient().deny({ group: '출입금지'.normalize('NFD'), reason: 'drill' });
    expect(await askDoor(NFD)).toMatchObject({ verified: false });
  });

  it('is the same member, and may not come twice in one request', async () => {
    await expect(putMembers(member(NFC, { status: 'suspended' }), member(NFD))).rejects.toMatchObject({
      status: 400,
      errors: [{ path: 'members.1.merchantUserKey' }],
    });
    expect(await adminClient().lookUpMembers({ merchantUserKey: NFC })).toEqual([]);
  });
});
