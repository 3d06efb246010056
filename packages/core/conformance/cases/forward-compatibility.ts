import { FacePassApiError, FacePassProtocolError } from '../../src/client.ts';
import type { EndpointName } from '../../src/contract.ts';
import { fifteenCalls, type OneCall, range } from '../fifteen-calls.ts';
import { assert, assertEqual, group, rejection } from '../portable-case.ts';
import { type Answer, scriptedWorld, success } from '../scripted-facepass.ts';
import { keyed } from '../test-keys.ts';

type Data = Readonly<Record<string, unknown>>;

const isList = ({ success }: OneCall) => 'items' in success;

/** The first answer as given; a list then gets an empty page, so that it ends. */
function answering(call: OneCall, first: Answer): Answer {
  const then = isList(call) ? [success({ items: [] })] : [];
  const own: Answer = call.name === 'rsaPublicKey' ? first : keyed([first, ...then]);
  return own;
}

async function resultOf(call: OneCall, payload: Data): Promise<unknown> {
  const { client } = scriptedWorld([answering(call, success(payload))]);
  return call.run(client);
}

/** `change` applied to the payload and to each row in it. */
function everywhere(payload: Data, change: (data: Data) => Data): Data {
  const rows = (value: unknown) =>
    Array.isArray(value) ? value.map((row: unknown) => change(Object(row))) : value;
  return change(Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, rows(value)])));
}

/** What each call is made for; everything else may be missing from its answer. */
const indispensable: Readonly<Record<EndpointName, readonly string[]>> = {
  rsaPublicKey: ['rsaKey'],
  // Only with `completed: true`; without it the answer reads as not done.
  prepare: ['token'],
  verifyToken: ['token'],
  encryptionTest: ['success'],
  registrationStatus: ['registered'],
  unregister: [],
  registrationHistory: ['items'],
  verificationHistory: ['items'],
  initDevice: ['verifyCode'],
  connectedDevices: ['devices'],
  deactivateDevice: [],
  deviceGroups: ['items'],
  createDeviceGroup: ['groupId'],
  modifyDeviceGroup: [],
  deleteDeviceGroup: [],
};

const indispensableInRows = ['id', 'groupId', 'deviceId', 'eventTs', 'verifiedTs'];

export const forwardCompatibilityCases = group('forward compatibility', {
  async 'unknown fields anywhere are kept'() {
    for (const call of fifteenCalls) {
      const payload = everywhere(call.success, (data) => ({ ...data, addedTomorrow: { deep: [1, null] } }));
      const body: Data = { resultType: 'SUCCESS', success: payload, error: null, traceId: 'x', warnings: [] };
      const { client } = scriptedWorld([answering(call, () => Response.json(body))]);
      const result = await call.run(client);
      const row: unknown = Array.isArray(result) ? result[0] : result;
      assertEqual(Object(row).addedTomorrow, { deep: [1, null] }, call.name);
    }
  },

  async 'unknown values of enumerations pass through'() {
    const changes: readonly [EndpointName, Data, string][] = [
      ['registrationStatus', { auditStatus: 'REVIEWED_TWICE' }, 'auditStatus'],
      ['registrationHistory', { auditStatus: 'REVIEWED_TWICE' }, 'auditStatus'],
      ['verificationHistory', { status: 'MAYBE', resultCode: 'MASKED' }, 'status'],
    ];
    for (const [name, change, field] of changes) {
      const call = fifteenCalls.find((one) => one.name === name);
      assert(call !== undefined, name);
      const result = await resultOf(
        call,
        everywhere(call.success, (data) => ({ ...data, ...change })),
      );
      const row: unknown = Array.isArray(result) ? result[0] : result;
      assertEqual(Object(row)[field], change[field], name);
    }
  },

  async 'null for what is not indispensable reads as if it were absent'() {
    for (const call of fifteenCalls) {
      const keep = [...indispensable[call.name], 'completed', ...indispensableInRows];
      const drop = (data: Data, instead: (name: string) => [string, unknown][]) =>
        Object.fromEntries(
          Object.entries(data).flatMap(([name, value]) =>
            keep.includes(name) ? [[name, value]] : instead(name),
          ),
        );
      const nulls = await resultOf(
        call,
        everywhere(call.success, (data) => drop(data, (name) => [[name, null]])),
      );
      const absent = await resultOf(
        call,
        everywhere(call.success, (data) => drop(data, () => [])),
      );
      assertEqual(nulls, absent, call.name);
    }
  },

  async 'what a call is made for is the only thing that may not be missing'() {
    for (const call of fifteenCalls) {
      for (const name of Object.keys(call.success)) {
        const { [name]: _, ...rest } = call.success;
        if (!indispensable[call.name].includes(name)) {
          await resultOf(call, rest);
          continue;
        }
        const error = await rejection(FacePassProtocolError, () => resultOf(call, rest));
        assertEqual(error.path, `success.${name}`, call.name);
      }
    }
  },

  async 'a write without its completed reads as not done'() {
    for (const call of fifteenCalls) {
      if (!('completed' in call.success)) continue;
      const { completed: _, ...rest } = call.success;
      for (const payload of [rest, { ...rest, completed: null }, { ...rest, completed: false }]) {
        assertEqual(Object(await resultOf(call, payload)).completed, false, call.name);
      }
    }
  },

  async 'a refusal is read with whatever else it carries, deprecated fields included'() {
    const error = { errorCode: 'NEW_CODE', reason: 'r', errorType: 0, data: {}, title: null };
    for (const call of fifteenCalls) {
      for (const body of [
        { resultType: 'FAIL', success: null, error },
        { resultType: 'FAIL', error },
        { resultType: 'FAIL', success: {}, error: { errorCode: 'NEW_CODE' }, code: 1 },
        { resultType: 'FAIL', error: { errorCode: 'NEW_CODE', reason: null } },
      ]) {
        const always: Answer = () => Response.json(body);
        const { client } = scriptedWorld([call.name === 'rsaPublicKey' ? always : keyed([always])]);
        const refused = await rejection(FacePassApiError, () => call.run(client));
        assertEqual(refused.errorCode, 'NEW_CODE', call.name);
      }
    }
  },

  async 'both spellings of a verification’s time, and both forms, are read as verifyTs'() {
    const times: readonly [Data, string][] = [
      [{ verifyTs: '2024-01-01T09:00:00' }, '2024-01-01T09:00:00'],
      [{ verifiedTs: '2024-01-01T09:00:00' }, '2024-01-01T09:00:00'],
      [{ verifyTs: '2024-01-01 09:00:00' }, '2024-01-01 09:00:00'],
      [{ verifyTs: null, verifiedTs: '2024-01-01 09:00:00.123' }, '2024-01-01 09:00:00.123'],
      [{ verifyTs: '2024-01-01T09:00:00', verifiedTs: '2024-01-01T10:00:00' }, '2024-01-01T09:00:00'],
    ];
    for (const [fields, raw] of times) {
      const items = [{ id: '1', ...fields }];
      const { client } = scriptedWorld([success({ items }), success({ items: [] })]);
      const [read] = await client.verifications.list(range).toArray({ limit: 1 });
      assertEqual(read?.verifyTs.raw, raw);
      assertEqual(
        Math.floor((read?.verifyTs.epochMs ?? 0) / 1000),
        Date.parse('2024-01-01T00:00:00Z') / 1000,
      );
    }
  },

  async 'a face that nobody recognised has no key, and is a row like any other'() {
    const items = [
      { id: '1', status: 'FAIL', resultCode: 'FACE_NOT_FOUND', verifyTs: '2024-01-01T09:00:00' },
      { id: '2', merchantUserKey: null, status: 'FAIL', verifyTs: '2024-01-01T09:00:00' },
    ];
    const { client } = scriptedWorld([success({ items }), success({ items: [] })]);
    const read = await client.verifications.list(range).toArray({ limit: 10 });
    assertEqual(
      read.map(({ merchantUserKey }) => merchantUserKey ?? 'none'),
      ['none', 'none'],
    );
  },
});
