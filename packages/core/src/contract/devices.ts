import * as z from 'zod';
import { opaqueId } from './field-rules.ts';
import { maybe, readId } from './lenient.ts';

/** #9 `POST /api/v1/merchant/init-device`. */
export const initDeviceRequest = z.strictObject({ groupId: opaqueId, deviceName: opaqueId.optional() });
export type InitDeviceRequest = z.infer<typeof initDeviceRequest>;

/** `verifyCode` is what a person types into the device; digits that may begin with 0, so text. */
export const initDeviceSuccess = z.looseObject({ verifyCode: readId, expireTs: maybe(z.string()) });
export type InitDeviceSuccess = z.infer<typeof initDeviceSuccess>;

/** #10 `GET /api/v1/merchant/connected-device?groupId=`. */
export const connectedDevicesRequest = z.strictObject({ groupId: opaqueId });
export type ConnectedDevicesRequest = z.infer<typeof connectedDevicesRequest>;

export const connectedDevice = z.looseObject({ deviceId: readId, deviceName: maybe(z.string()) });
export type ConnectedDevice = z.infer<typeof connectedDevice>;

export const connectedDevicesSuccess = z.looseObject({ devices: z.array(connectedDevice) });
export type ConnectedDevicesSuccess = z.infer<typeof connectedDevicesSuccess>;

/** #11 `POST /api/v1/merchant/deactivate-device`: by id or by name, one is required. */
export const deactivateDeviceRequest = z
  .strictObject({ groupId: opaqueId, deviceId: opaqueId.optional(), deviceName: opaqueId.optional() })
  .refine((request) => request.deviceId !== undefined || request.deviceName !== undefined, {
    path: ['deviceId'],
    error: 'deviceId or deviceName is required',
  });
export type DeactivateDeviceRequest = z.infer<typeof deactivateDeviceRequest>;
