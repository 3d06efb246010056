/** One call of each endpoint, for cases that must hold for all fifteen. */
import type { CallOptions, FacePassClient } from '../src/client.ts';
import type { EndpointName } from '../src/contract.ts';
import { sampleRequests, sampleSuccesses } from './fixtures/guide-samples.ts';

export interface OneCall {
  readonly name: EndpointName;
  readonly run: (client: FacePassClient, options?: CallOptions) => Promise<unknown>;
  /** The `success` of a good answer. */
  readonly success: Readonly<Record<string, unknown>>;
  /** Whether FacePass's public key is asked for first. */
  readonly seals?: true;
}

export const person = {
  merchantUserKey: '000001',
  name: '홍길동',
  phoneNumber: '01012341234',
  birthDate: '20250101',
};
export const range = { from: '2024-01-01T00:00:00', to: '2024-01-02T00:00:00' };
const completed = sampleSuccesses.completed;

const anyLimit = { limit: 1000 };

export const fifteenCalls: readonly OneCall[] = [
  {
    name: 'rsaPublicKey',
    run: (client, options) => client.encryption.publicKey(options),
    success: sampleSuccesses.rsaPublicKey,
  },
  {
    name: 'prepare',
    run: (client, options) => client.registrations.prepare(person, options),
    success: sampleSuccesses.prepare,
    seals: true,
  },
  {
    name: 'verifyToken',
    run: (client, options) => client.sdkTokens.issueEntryToken(options),
    success: sampleSuccesses.verifyToken,
  },
  {
    name: 'encryptionTest',
    run: (client, options) => client.encryption.test('홍길동', options),
    success: sampleSuccesses.encryptionTest,
    seals: true,
  },
  {
    name: 'registrationStatus',
    run: (client, options) => client.registrations.status('000001', options),
    success: sampleSuccesses.registrationStatus,
  },
  {
    name: 'unregister',
    run: (client, options) => client.registrations.unregister('000001', options),
    success: completed,
  },
  {
    name: 'registrationHistory',
    run: (client, options) => client.registrations.history(range, options).toArray(anyLimit),
    success: sampleSuccesses.registrationHistory,
  },
  {
    name: 'verificationHistory',
    run: (client, options) => client.verifications.list(range, options).toArray(anyLimit),
    success: sampleSuccesses.verificationHistory,
  },
  {
    name: 'initDevice',
    run: (client, options) => client.devices.createConnectCode(sampleRequests.initDevice, options),
    success: sampleSuccesses.initDevice,
  },
  {
    name: 'connectedDevices',
    run: (client, options) => client.devices.list('01K18XV5C84N010K8SJ15RG90D', options),
    success: sampleSuccesses.connectedDevices,
  },
  {
    name: 'deactivateDevice',
    run: (client, options) => client.devices.deactivate(sampleRequests.deactivateDevice, options),
    success: completed,
  },
  {
    name: 'deviceGroups',
    run: (client, options) => client.deviceGroups.list(options).toArray(anyLimit),
    success: sampleSuccesses.deviceGroups,
  },
  {
    name: 'createDeviceGroup',
    run: (client, options) => client.deviceGroups.create(sampleRequests.createDeviceGroup, options),
    success: sampleSuccesses.createDeviceGroup,
  },
  {
    name: 'modifyDeviceGroup',
    run: (client, options) => client.deviceGroups.modify(sampleRequests.modifyDeviceGroup, options),
    success: completed,
  },
  {
    name: 'deleteDeviceGroup',
    run: (client, options) => client.deviceGroups.delete('01K97Q5ZY0RZZT8D01NAAHNQMT', options),
    success: completed,
  },
];
