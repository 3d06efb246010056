import { describe, expect, it } from 'vitest';
import { adminClient, askDoor, freshStores, member, offices, publish, putMembers } from './world.ts';

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
