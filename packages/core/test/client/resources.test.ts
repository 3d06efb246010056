import { createOpener, generateKeyPair, importPrivateKeys } from '@facepass-kit/crypto';
import { describe, expect, it } from 'vitest';
import { sampleRequests, sampleSuccesses } from '../fixtures/guide-samples.ts';
import { scriptedWorld, success } from './scripted-facepass.ts';

const person = { merchantUserKey: '000001', name: '홍길동', phoneNumber: '01012341234' };

describe('the fifteen endpoints', () => {
  it('#1 asks for the public key', async () => {
    const { client, asked } = scriptedWorld([success(sampleSuccesses.rsaPublicKey)]);
    expect(await client.encryption.publicKey()).toEqual({ rsaKey: 'MIIB' });
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/api/v1/rsa-public-key' });
  });

  it('#2 seals the fields for FacePass, and the caller never sees a key', async () => {
    const pair = await generateKeyPair();
    const { client, asked } = scriptedWorld([
      success({ rsaKey: pair.publicKeySpkiBase64 }),
      success(sampleSuccesses.prepare),
    ]);
    const prepared = await client.registrations.prepare({
      ...person,
      ci: 'CI'.repeat(44),
      birthDate: '19900101',
    });
    expect(prepared).toEqual(sampleSuccesses.prepare);
    const body = asked[1]?.body;
    expect(asked[1]?.path).toBe('/api/v1/merchant/face-register-prepare');
    const opener = createOpener({ keys: await importPrivateKeys({ keys: [pair.privateJwk] }) });
    // The body was parsed from the request; opening fails if it is not an envelope.
    const envelope = body as Record<'encryptedCI' | 'encryptedName' | 'encryptedPhoneNumber', string> & {
      encryptedKey: string;
      iv: string;
    };
    expect(await opener.open(envelope, ['encryptedCI', 'encryptedName', 'encryptedPhoneNumber'])).toEqual({
      encryptedCI: 'CI'.repeat(44),
      encryptedName: person.name,
      encryptedPhoneNumber: person.phoneNumber,
    });
    expect(Object.keys(envelope)).not.toContain('encryptedBirthDate');
  });

  it('#3 issues an entry-SDK token', async () => {
    const { client, asked } = scriptedWorld([success(sampleSuccesses.verifyToken)]);
    expect(await client.sdkTokens.issueEntryToken()).toEqual(sampleSuccesses.verifyToken);
    expect(asked[0]?.path).toBe('/api/v1/merchant/verify-token');
  });

  it('#4 seals a text and asks whether FacePass can open it', async () => {
    const pair = await generateKeyPair();
    const { client, asked } = scriptedWorld([
      success({ rsaKey: pair.publicKeySpkiBase64 }),
      success({ success: true }),
    ]);
    expect(await client.encryption.test('홍길동')).toEqual({ success: true });
    expect(asked[1]?.path).toBe('/api/v1/merchant/encryption-test');
  });

  it('#5 and #6 ask by merchantUserKey', async () => {
    const status = scriptedWorld([success(sampleSuccesses.registrationStatus)]);
    expect(await status.client.registrations.status('000001')).toEqual(sampleSuccesses.registrationStatus);
    expect(status.asked[0]).toMatchObject({
      path: '/api/v1/merchant/face-register-exist',
      body: sampleRequests.merchantUserKey,
    });
    const unregister = scriptedWorld([success({ completed: true })]);
    expect(await unregister.client.registrations.unregister('000001')).toEqual({ completed: true });
    expect(unregister.asked[0]?.path).toBe('/api/v1/merchant/face-unregister');
  });

  it('#7 sends the range in the vendor form and reads the row', async () => {
    const { client, asked } = scriptedWorld([
      success(sampleSuccesses.registrationHistory),
      success({ items: [] }),
    ]);
    const { merchantUserKey, name, phoneNumber, email } = sampleRequests.registrationHistory;
    const from = new Date('2023-12-31T15:00:00Z');
    const filter = { from, to: '2024-01-02 00:00:00', merchantUserKey, name, phoneNumber, email };
    const rows = await client.registrations.history(filter, { size: 10 }).toArray({ limit: 100 });
    expect(rows).toEqual([
      {
        id: '1',
        merchantUserKey: '000001',
        auditStatus: 'SUCCESS',
        eventTs: { raw: '2024-01-02T00:00:00', epochMs: Date.parse('2024-01-01T15:00:00Z') },
      },
    ]);
    const { nextCursor: _, ...first } = sampleRequests.registrationHistory;
    // One second more on either side, since the guide does not say whether the ends belong to the range.
    expect(asked[0]?.body).toEqual({
      ...first,
      startTs: '2023-12-31T23:59:59',
      endTs: '2024-01-02T00:00:01',
    });
  });

  it('#8 reads the three sample rows once each', async () => {
    const { client } = scriptedWorld([success(sampleSuccesses.verificationHistory)]);
    const range = { from: '2024-01-01T00:00:00', to: '2024-01-02T00:00:00' };
    const ids: string[] = [];
    for await (const attempt of client.verifications.list(range)) ids.push(attempt.id);
    expect(ids).toEqual(['1', '2', '3']);
  });

  it('#9, #10 and #11 connect, list and disconnect devices', async () => {
    const { client, asked } = scriptedWorld([
      success(sampleSuccesses.initDevice),
      success(sampleSuccesses.connectedDevices),
      success({ completed: true }),
    ]);
    expect(await client.devices.createConnectCode(sampleRequests.initDevice)).toEqual(
      sampleSuccesses.initDevice,
    );
    expect(await client.devices.list('01K18XV5C84N010K8SJ15RG90D')).toEqual(
      sampleSuccesses.connectedDevices.devices,
    );
    expect(await client.devices.deactivate(sampleRequests.deactivateDevice)).toEqual({ completed: true });
    expect(asked.map(({ method, path, url }) => `${method} ${path}${url.search}`)).toEqual([
      'POST /api/v1/merchant/init-device',
      'GET /api/v1/merchant/connected-device?groupId=01K18XV5C84N010K8SJ15RG90D',
      'POST /api/v1/merchant/deactivate-device',
    ]);
  });

  it('#12 to #15 manage device groups', async () => {
    const { client, asked } = scriptedWorld([
      success(sampleSuccesses.deviceGroups),
      success({ items: [], hasMore: false, size: 10 }),
      success(sampleSuccesses.createDeviceGroup),
      success({ completed: true }),
    ]);
    expect(await client.deviceGroups.list().toArray({ limit: 10 })).toEqual(
      sampleSuccesses.deviceGroups.items,
    );
    expect(await client.deviceGroups.create(sampleRequests.createDeviceGroup)).toEqual(
      sampleSuccesses.createDeviceGroup,
    );
    expect(await client.deviceGroups.modify(sampleRequests.modifyDeviceGroup)).toEqual({ completed: true });
    expect(await client.deviceGroups.delete('01K97Q5ZY0RZZT8D01NAAHNQMT')).toEqual({ completed: true });
    expect(asked.map(({ method, path, url }) => `${method} ${path}${url.search}`)).toEqual([
      'GET /api/v1/merchant/device-group?size=10',
      'GET /api/v1/merchant/device-group?size=10&nextCursor=01K97Q5ZY0RZZT8D01NAAHNQMT',
      'POST /api/v1/merchant/create-device-group',
      'POST /api/v1/merchant/modify-device-group',
      'POST /api/v1/merchant/delete-device-group',
    ]);
  });

  it('sends a bearer token obtained once, form-encoded, without a scope unless given', async () => {
    const { client, asked, tokenRequests } = scriptedWorld([success({ completed: true })]);
    await client.registrations.unregister('000001');
    await client.registrations.unregister('000002');
    expect(tokenRequests.map(({ text }) => text)).toEqual([
      'grant_type=client_credentials&client_id=client-id&client_secret=client-secret',
    ]);
    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-1',
    ]);
  });
});
