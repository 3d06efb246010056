import type { ReleaseInput } from '@facepass-kit/access';
import { expect, it, vi } from 'vitest';
import { createPartnerSystem } from './partner-system.ts';
import { adminClient, askDoor, freshStores, member, publish, putMembers } from './world.ts';

freshStores();

/** A hall that everybody may enter at gate A. */
const hall: ReleaseInput = {
  sites: [{ id: 'hq', timeZone: 'Asia/Seoul' }],
  zones: [{ id: 'hall-in', match: { gate: 'A' }, direction: 'in', area: 'hall' }],
  areas: [{ id: 'hall' }],
  rules: [{ id: 'all', effect: 'permit', who: { everyone: true }, zones: ['hall-in'] }],
};
const gate = { gate: 'A' };

it('is told by key although D1 is down, and every verb an emergency needs goes on working', async () => {
  await publish(hall);
  await putMembers(member('000001'));
  expect(await askDoor('000001', gate)).toMatchObject({ verified: true });
  const DB = {
    prepare: () => {
      throw new Error('down');
    },
  };
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const admin = adminClient({ DB });
  expect(await admin.presence('hall')).toMatchObject({ inside: [{ merchantUserKey: '000001' }] });
  const { id } = await admin.deny({ merchantUserKey: '000001', reason: 'x' });
  expect(await admin.denies()).toMatchObject([{ merchantUserKey: '000001' }]);
  await admin.withdrawDeny(id);
  const pass = await admin.issuePass({ merchantUserKey: '000001', zones: ['hall-in'], reason: 'x' });
  expect(await admin.passes()).toMatchObject([{ merchantUserKey: '000001' }]);
  await admin.revokePass(pass.id);
  expect(await admin.explain({ merchantUserKey: '000001', params: gate })).toMatchObject({ verified: true });
  expect(await admin.lastDecisions()).toMatchObject([{ merchantUserKey: '000001' }]);
  expect(await admin.resetPresence('hall', { merchantUserKey: '000001', reason: 'x' })).toBe(1);
});

it('is told by key also of those who live in another system', async () => {
  await publish(hall);
  const system = createPartnerSystem();
  system.members.push(member('elsewhere-1'));
  const outbound = vi.spyOn(globalThis, 'fetch').mockImplementation(system.fetch);
  const elsewhere = { DELEGATED_DIRECTORY: JSON.stringify({ url: system.url, secrets: [system.secret] }) };
  expect(await askDoor('elsewhere-1', gate, elsewhere)).toMatchObject({ verified: true });
  outbound.mockRestore();
  expect(await adminClient().presence('hall')).toMatchObject({
    occupancy: 1,
    inside: [{ merchantUserKey: 'elsewhere-1' }],
  });
});
