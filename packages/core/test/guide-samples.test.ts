import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import {
  sampleAnswers,
  sampleFailure,
  sampleRequests,
  sampleSuccesses,
} from '../conformance/fixtures/guide-samples.ts';
import * as contract from '../src/contract.ts';
import * as partner from '../src/partner.ts';

const requests: [string, z.ZodType, unknown][] = [
  ['prepare by CI', contract.prepareRequest, sampleRequests.prepareByCi],
  ['prepare by birth date', contract.prepareRequest, sampleRequests.prepareByBirthDate],
  ['encryption test', contract.encryptionTestRequest, sampleRequests.encryptionTest],
  ['registration status', contract.registrationStatusRequest, sampleRequests.merchantUserKey],
  ['unregister', contract.unregisterRequest, sampleRequests.merchantUserKey],
  ['registration history', contract.registrationHistoryRequest, sampleRequests.registrationHistory],
  ['verification history', contract.verificationHistoryRequest, sampleRequests.verificationHistory],
  ['init device', contract.initDeviceRequest, sampleRequests.initDevice],
  ['connected devices', contract.connectedDevicesRequest, sampleRequests.connectedDevices],
  ['deactivate device', contract.deactivateDeviceRequest, sampleRequests.deactivateDevice],
  ['device groups', contract.deviceGroupsRequest, sampleRequests.deviceGroups],
  ['create device group', contract.createDeviceGroupRequest, sampleRequests.createDeviceGroup],
  ['modify device group', contract.modifyDeviceGroupRequest, sampleRequests.modifyDeviceGroup],
  ['delete device group', contract.deleteDeviceGroupRequest, sampleRequests.deleteDeviceGroup],
  ['validate by CI', partner.validateRequest, sampleRequests.validateByCi],
  ['validate by phone', partner.validateRequest, sampleRequests.validateByPhone],
  ['permissions', partner.permissionsRequest, sampleRequests.permissions],
  ['permissions for a room', partner.permissionsRequest, sampleRequests.permissionsRoom],
  ['registered', partner.registeredCallback, sampleRequests.registered],
  ['answer to validate', partner.validateAnswer, sampleAnswers.validate],
  ['answer with a custom message', partner.permissionsAnswer, sampleAnswers.permissionsCustomMessage],
  ['answer with a code', partner.permissionsAnswer, sampleAnswers.permissionsCode],
  ['default answer', partner.permissionsAnswer, sampleAnswers.permissionsDefault],
  ['answer to registered', partner.registeredCallbackAnswer, sampleAnswers.registered],
];

const answers: [string, z.ZodType, unknown][] = [
  ['public key', contract.rsaPublicKeySuccess, sampleSuccesses.rsaPublicKey],
  ['prepare', contract.prepareSuccess, sampleSuccesses.prepare],
  ['verify token', contract.verifyTokenSuccess, sampleSuccesses.verifyToken],
  ['encryption test', contract.encryptionTestSuccess, sampleSuccesses.encryptionTest],
  ['registration status', contract.registrationStatusSuccess, sampleSuccesses.registrationStatus],
  ['completed', contract.completedSuccess, sampleSuccesses.completed],
  ['registration history', contract.pageSuccess, sampleSuccesses.registrationHistory],
  ['verification history', contract.pageSuccess, sampleSuccesses.verificationHistory],
  ['init device', contract.initDeviceSuccess, sampleSuccesses.initDevice],
  ['connected devices', contract.connectedDevicesSuccess, sampleSuccesses.connectedDevices],
  ['device groups', contract.pageSuccess, sampleSuccesses.deviceGroups],
  ['create device group', contract.createDeviceGroupSuccess, sampleSuccesses.createDeviceGroup],
];

describe("the guide's samples", () => {
  it.each(requests)('%s: the body is read and written as it stands', (_name, schema, sample) => {
    expect(schema.parse(sample)).toEqual(sample);
  });

  it.each(answers)('%s: the answer is read inside its envelope', (_name, schema, sample) => {
    const envelope = contract.resultEnvelope(schema);
    expect(envelope.parse({ resultType: 'SUCCESS', success: sample, error: null })).toMatchObject({
      resultType: 'SUCCESS',
      success: sample,
    });
  });

  it('reads the refusal, keeping its code and reason', () => {
    const parsed = contract.resultEnvelope(contract.completedSuccess).parse(sampleFailure);
    expect(parsed).toMatchObject({ resultType: 'FAIL', error: sampleFailure.error });
  });

  it.each(sampleSuccesses.verificationHistory.items)(
    'verification row $id: verifiedTs is read as verifyTs',
    (row) => {
      const { verifiedTs, resultCode, customCode, ...rest } = row;
      expect(contract.verificationItem.parse(row)).toEqual({
        ...rest,
        verifyTs: verifiedTs,
        resultCode: resultCode ?? undefined,
        customCode: customCode ?? undefined,
      });
    },
  );

  it('reads the registration row and the group row', () => {
    const [registration] = sampleSuccesses.registrationHistory.items;
    expect(contract.registrationItem.parse(registration)).toEqual(registration);
    const [group] = sampleSuccesses.deviceGroups.items;
    expect(contract.deviceGroup.parse(group)).toEqual(group);
  });
});
