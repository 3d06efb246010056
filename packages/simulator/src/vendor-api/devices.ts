import * as z from 'zod';
import { issueConnectCode } from '../world/devices.ts';
import { groupOrFail } from './device-groups.ts';
import { type Endpoint, readInput } from './endpoint.ts';
import { errorCodes, RequestFault, VendorFailure } from './failures.ts';
import { optionalText, requiredText } from './request-fields.ts';
import { optionalField, timestamp } from './wire-form.ts';

const initDeviceRequest = z.object({ groupId: requiredText, deviceName: optionalText });

export const initDevice: Endpoint = {
  name: 'init-device',
  method: 'POST',
  path: '/api/v1/merchant/init-device',
  handle(call) {
    const { world, merchant } = call;
    const { groupId, deviceName } = readInput(call, initDeviceRequest);
    call.concerns(groupId);
    groupOrFail(merchant, groupId);
    const code = issueConnectCode(world, merchant, groupId, deviceName ?? null);
    return { verifyCode: code.verifyCode, expireTs: timestamp(merchant.personality, code.expiresAtMs) };
  },
};

const connectedDeviceQuery = z.object({ groupId: requiredText });

export const connectedDevice: Endpoint = {
  name: 'connected-device',
  method: 'GET',
  path: '/api/v1/merchant/connected-device',
  handle(call) {
    const { merchant } = call;
    const { groupId } = readInput(call, connectedDeviceQuery);
    groupOrFail(merchant, groupId);
    const devices = merchant.devices.values().filter((device) => device.groupId === groupId);
    return {
      devices: devices.map(({ deviceId, deviceName }) => ({
        deviceId,
        ...optionalField(merchant.personality, 'deviceName', deviceName),
      })),
    };
  },
};

const deactivateDeviceRequest = z.object({
  groupId: requiredText,
  deviceId: optionalText,
  deviceName: optionalText,
});

export const deactivateDevice: Endpoint = {
  name: 'deactivate-device',
  method: 'POST',
  path: '/api/v1/merchant/deactivate-device',
  handle(call) {
    const { merchant } = call;
    const { groupId, deviceId, deviceName } = readInput(call, deactivateDeviceRequest);
    if (!deviceId && !deviceName) {
      const expectation = 'one of deviceId and deviceName is required';
      throw new RequestFault(400, errorCodes.invalidRequest, `deviceId: ${expectation}`);
    }
    call.concerns(deviceId ?? deviceName ?? groupId);
    groupOrFail(merchant, groupId);
    const device = merchant.devices.find(
      (candidate) =>
        candidate.groupId === groupId &&
        (!deviceId || candidate.deviceId === deviceId) &&
        (!deviceName || candidate.deviceName === deviceName),
    );
    if (device === undefined) {
      throw new VendorFailure(errorCodes.deviceNotFound, 'no such device is connected to this group');
    }
    merchant.devices.delete(device.deviceId);
    return { completed: true };
  },
};
