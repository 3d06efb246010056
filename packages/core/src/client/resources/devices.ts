import { type CompletedSuccess, completedSuccess } from '../../contract/completed.ts';
import {
  type ConnectedDevicesSuccess,
  connectedDevicesRequest,
  connectedDevicesSuccess,
  type DeactivateDeviceRequest,
  deactivateDeviceRequest,
  type InitDeviceRequest,
  type InitDeviceSuccess,
  initDeviceRequest,
  initDeviceSuccess,
} from '../../contract/devices.ts';
import { endpoints } from '../../contract/endpoints.ts';
import { type FacePassCall, startCall } from '../call.ts';
import { checkRequest } from '../check-request.ts';
import type { ClientCore } from '../client-core.ts';
import type { CallOptions } from '../settings.ts';

export interface Devices {
  /** #9: a code that connects one device to a group. Every call hands out another: not repeated by itself. */
  createConnectCode(request: InitDeviceRequest, options?: CallOptions): FacePassCall<InitDeviceSuccess>;
  /** #10: the devices connected to a group. */
  list(groupId: string, options?: CallOptions): FacePassCall<ConnectedDevicesSuccess['devices']>;
  /** #11: disconnects a device. By name it is never repeated: another device may have taken the name. */
  deactivate(request: DeactivateDeviceRequest, options?: CallOptions): FacePassCall<CompletedSuccess>;
}

export function createDevices({ transport }: ClientCore): Devices {
  return {
    createConnectCode: (request, options) =>
      startCall(async () => {
        const endpoint = endpoints.initDevice;
        const body = checkRequest(endpoint, initDeviceRequest, request);
        return transport.send({ endpoint, body, success: initDeviceSuccess }, options);
      }),
    list: (groupId, options) =>
      startCall(async () => {
        const endpoint = endpoints.connectedDevices;
        const query = checkRequest(endpoint, connectedDevicesRequest, { groupId });
        const { data, response } = await transport.send(
          { endpoint, query, success: connectedDevicesSuccess },
          options,
        );
        return { data: data.devices, response };
      }),
    deactivate: (request, options) =>
      startCall(async () => {
        const endpoint = endpoints.deactivateDevice;
        const body = checkRequest(endpoint, deactivateDeviceRequest, request);
        const safety = body.deviceId === undefined ? 'once' : endpoint.safety;
        return transport.send(
          { endpoint: { ...endpoint, safety }, body, success: completedSuccess },
          options,
        );
      }),
  };
}
