import { createFacePassClient } from '@facepass-kit/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { endpointNames } from '../src/vendor-api/endpoint-names.ts';
import { createFacePass, credentials, type FacePass } from './support/facepass.ts';

const url = 'http://facepass.test';
const group = {
  deviceGroupName: '1층',
  enableLiveness: true,
  shouldSuccessResultSkip: false,
  shouldFailResultSkip: true,
  tags: { 층: '1' },
};
const day = { from: '2026-01-09T00:00:00', to: '2026-01-10T00:00:00' };

let facepass: FacePass;

function client() {
  const send: typeof fetch = (input, init) => facepass.fetch(new Request(input, init));
  return createFacePassClient({ ...credentials, baseUrl: url, tokenUrl: `${url}/token`, fetch: send });
}

beforeAll(async () => {
  facepass = await createFacePass();
});

describe('the typed client and the simulated FacePass, two readings of one guide,', () => {
  it('agree on the token and all fifteen endpoints', async () => {
    const { registrations, verifications, devices, deviceGroups, sdkTokens, encryption } = client();
    const person = { merchantUserKey: '000001', name: '김하나', phoneNumber: '01012341234' };

    await encryption.publicKey();
    await expect(encryption.test('홍길동')).resolves.toMatchObject({ success: true });
    await expect(sdkTokens.issueEntryToken()).resolves.toMatchObject({ token: expect.any(String) });
    const { token } = await registrations.prepare({ ...person, birthDate: '19900101' });
    await registrations.prepare({ ...person, merchantUserKey: '000002', ci: 'C'.repeat(88) });
    await facepass.control.run('sdk/register', { token: String(token) });
    await facepass.control.run('registrations/audit', { merchantUserKey: '000001', auditStatus: 'SUCCESS' });
    await expect(registrations.status('000001')).resolves.toMatchObject({
      registered: true,
      auditStatus: 'SUCCESS',
    });
    const events = await registrations.history({ ...day, name: person.name }).toArray({ limit: 100 });
    expect(events.map(({ auditStatus }) => auditStatus)).toEqual(['WAITING', 'SUCCESS']);
    await expect(registrations.unregister('000001')).resolves.toMatchObject({ completed: true });

    const groupId = String((await deviceGroups.create(group)).groupId);
    await deviceGroups.modify({ ...group, groupId, deviceGroupName: '2층' });
    await expect(deviceGroups.list().toArray({ limit: 10 })).resolves.toMatchObject([
      { groupId, tags: group.tags },
    ]);
    const { verifyCode } = await devices.createConnectCode({ groupId, deviceName: 'TABLET-1' });
    const { deviceId } = await facepass.control.run('devices/connect', { verifyCode: String(verifyCode) });
    await expect(devices.list(groupId)).resolves.toMatchObject([{ deviceId, deviceName: 'TABLET-1' }]);
    await facepass.control.run('gate/verify', { deviceId, merchantUserKey: '000001' });
    const attempts = await verifications.list({ ...day, deviceId }).toArray({ limit: 100 });
    expect(attempts).toMatchObject([{ status: 'FAIL', params: group.tags }]);
    await devices.deactivate({ groupId, deviceId });
    await deviceGroups.delete(groupId);

    const { requests } = await facepass.control.run('requests', {});
    const called = new Set(requests.map(({ endpoint }) => endpoint));
    expect([...called].sort()).toEqual(['token', ...endpointNames].sort());
    const objections = requests.filter(
      ({ status, errorCode, remarks }) => status !== 200 || errorCode || remarks.length > 0,
    );
    expect(objections).toEqual([]);
    expect(requests.filter(({ endpoint }) => endpoint === 'token')).toHaveLength(1);
  });
});
