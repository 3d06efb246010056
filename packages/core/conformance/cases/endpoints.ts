import { endpoints } from '../../src/contract.ts';
import { fifteenCalls, person, range } from '../fifteen-calls.ts';
import { sampleRequests, sampleSuccesses } from '../fixtures/guide-samples.ts';
import { assert, assertEqual, group } from '../portable-case.ts';
import { scriptedWorld, success } from '../scripted-facepass.ts';
import { keyed, openBody } from '../test-keys.ts';

const oneTick = { startTs: '2023-12-31T23:59:59', endTs: '2024-01-02T00:00:01' };

export const endpointCases = group('endpoints', {
  async 'each is asked at its path, with its method and a bearer token'() {
    for (const { name, run, success: payload } of fifteenCalls) {
      const { client, asked } = scriptedWorld([keyed([success(payload)])]);
      await run(client);
      const { method, path } = endpoints[name];
      const own = asked.find((request) => request.path === path);
      assert(own !== undefined, `${name} to be asked at ${path}`);
      assertEqual(own.method, method, name);
      assertEqual(own.headers.get('authorization'), 'Bearer token-1', name);
      assertEqual(own.headers.get('content-type'), method === 'GET' ? null : 'application/json', name);
    }
  },

  async 'prepare seals every field for FacePass, CI before birth date, and the caller sees no key'() {
    const ci = 'CI'.repeat(44);
    const { client, asked } = scriptedWorld([keyed([success(sampleSuccesses.prepare)])]);
    const prepared = await client.registrations.prepare({ ...person, ci, email: 'test@toss.im' });
    assertEqual(prepared, sampleSuccesses.prepare);
    const body = asked[1]?.body ?? {};
    assertEqual(Object.keys(body).sort(), [
      'encryptedCI',
      'encryptedEmail',
      'encryptedKey',
      'encryptedName',
      'encryptedPhoneNumber',
      'iv',
      'merchantUserKey',
    ]);
    const names = ['encryptedCI', 'encryptedEmail', 'encryptedName', 'encryptedPhoneNumber'] as const;
    assertEqual(await openBody(body, names), {
      encryptedCI: ci,
      encryptedEmail: 'test@toss.im',
      encryptedName: person.name,
      encryptedPhoneNumber: person.phoneNumber,
    });
  },

  async 'prepare seals the birth date where there is no CI'() {
    const { client, asked } = scriptedWorld([keyed([success(sampleSuccesses.prepare)])]);
    await client.registrations.prepare(person);
    const names = ['encryptedName', 'encryptedBirthDate', 'encryptedPhoneNumber'] as const;
    assertEqual(await openBody(asked[1]?.body, names), {
      encryptedName: person.name,
      encryptedBirthDate: person.birthDate,
      encryptedPhoneNumber: person.phoneNumber,
    });
  },

  async 'encryption.test seals a text as a field is sealed'() {
    const { client, asked } = scriptedWorld([keyed([success({ success: true })])]);
    assertEqual(await client.encryption.test('홍길동'), { success: true });
    assertEqual(await openBody(asked[1]?.body, ['encryptedData']), { encryptedData: '홍길동' });
  },

  async 'the registration history is asked for with its filters, one tick wider, and read'() {
    const { client, asked } = scriptedWorld([
      success(sampleSuccesses.registrationHistory),
      success({ items: [], hasMore: false, size: 0 }),
    ]);
    const { merchantUserKey, name, phoneNumber, email } = sampleRequests.registrationHistory;
    const filter = { ...range, merchantUserKey, name, phoneNumber, email };
    const rows = await client.registrations.history(filter).toArray({ limit: 10 });
    assertEqual(rows, [
      {
        id: '1',
        merchantUserKey: '000001',
        auditStatus: 'SUCCESS',
        eventTs: { raw: '2024-01-02T00:00:00', epochMs: Date.parse('2024-01-01T15:00:00Z') },
      },
    ]);
    assertEqual(asked[0]?.body, { merchantUserKey, name, phoneNumber, email, ...oneTick, size: 10 });
  },

  async 'the verification history is asked for with its filters, and its rows are read'() {
    const { client, asked } = scriptedWorld([success(sampleSuccesses.verificationHistory)]);
    const { merchantUserKey, status, deviceId, transactionId } = sampleRequests.verificationHistory;
    const filter = { ...range, merchantUserKey, status, deviceId, transactionId };
    const rows = await client.verifications.list(filter).toArray({ limit: 10 });
    assertEqual(
      rows.map(({ id, resultCode, customCode, verifyTs }) => [id, resultCode, customCode, verifyTs.epochMs]),
      [
        ['1', undefined, undefined, Date.parse('2023-12-31T15:00:00Z')],
        ['2', 'FACE_NOT_FOUND', undefined, Date.parse('2023-12-31T15:00:00Z')],
        ['3', 'MERCHANT_VALIDATION_FAILED', 'TE0003', Date.parse('2023-12-31T15:00:00Z')],
      ],
    );
    assertEqual(asked[0]?.body, { merchantUserKey, status, deviceId, transactionId, ...oneTick, size: 10 });
  },

  async 'GET endpoints carry their request in the query'() {
    const { client, asked } = scriptedWorld([
      success(sampleSuccesses.connectedDevices),
      success(sampleSuccesses.deviceGroups),
      success({ items: [], hasMore: false, size: 10 }),
    ]);
    assertEqual(
      await client.devices.list('01K18XV5C84N010K8SJ15RG90D'),
      sampleSuccesses.connectedDevices.devices,
    );
    assertEqual(await client.deviceGroups.list().toArray({ limit: 10 }), sampleSuccesses.deviceGroups.items);
    assertEqual(
      asked.map(({ path, search, text }) => [path.split('/').at(-1), search, text]),
      [
        ['connected-device', '?groupId=01K18XV5C84N010K8SJ15RG90D', ''],
        ['device-group', '?size=10', ''],
        ['device-group', '?size=10&nextCursor=01K97Q5ZY0RZZT8D01NAAHNQMT', ''],
      ],
    );
  },

  async 'the other writes send the guide’s samples as they stand'() {
    const cases = [
      ['registrationStatus', sampleRequests.merchantUserKey],
      ['unregister', sampleRequests.merchantUserKey],
      ['initDevice', sampleRequests.initDevice],
      ['deactivateDevice', sampleRequests.deactivateDevice],
      ['createDeviceGroup', sampleRequests.createDeviceGroup],
      ['modifyDeviceGroup', sampleRequests.modifyDeviceGroup],
      ['deleteDeviceGroup', sampleRequests.deleteDeviceGroup],
    ] as const;
    for (const [name, sample] of cases) {
      const call = fifteenCalls.find((one) => one.name === name);
      const { client, asked } = scriptedWorld([success(call?.success)]);
      await call?.run(client);
      assertEqual(asked[0]?.body, sample, name);
    }
  },
});
