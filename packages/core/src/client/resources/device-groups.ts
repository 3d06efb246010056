import { type CompletedSuccess, completedSuccess } from '../../contract/completed.ts';
import {
  type CreateDeviceGroupRequest,
  type CreateDeviceGroupSuccess,
  createDeviceGroupRequest,
  createDeviceGroupSuccess,
  type DeviceGroup,
  deleteDeviceGroupRequest,
  deviceGroup,
  deviceGroupsRequest,
  type ModifyDeviceGroupRequest,
  modifyDeviceGroupRequest,
} from '../../contract/device-groups.ts';
import { endpoints } from '../../contract/endpoints.ts';
import { pageSuccess } from '../../contract/paging.ts';
import { type FacePassCall, startCall } from '../call.ts';
import { checkRequest } from '../check-request.ts';
import type { ClientCore } from '../client-core.ts';
import { createList, type FacePassList, type ListOptions } from '../list.ts';
import { tellQuarantined } from '../quarantine-event.ts';
import type { CallOptions } from '../settings.ts';

export interface DeviceGroups {
  /** #12: all device groups. */
  list(options?: ListOptions): FacePassList<DeviceGroup>;
  /** #13: a new group. A repetition would make a second one: not repeated by itself. */
  create(group: CreateDeviceGroupRequest, options?: CallOptions): FacePassCall<CreateDeviceGroupSuccess>;
  /** #14: replaces a group's settings. */
  modify(group: ModifyDeviceGroupRequest, options?: CallOptions): FacePassCall<CompletedSuccess>;
  /** #15: deletes a group. */
  delete(groupId: string, options?: CallOptions): FacePassCall<CompletedSuccess>;
}

export function createDeviceGroups(core: ClientCore): DeviceGroups {
  const { transport } = core;
  return {
    list: (options) =>
      createList<DeviceGroup>(
        {
          endpoint: endpoints.deviceGroups,
          memory: core.memories.deviceGroups,
          onQuarantined: tellQuarantined(core, endpoints.deviceGroups),
          async fetchPage({ size, cursor }, callOptions) {
            const endpoint = endpoints.deviceGroups;
            const query = checkRequest(endpoint, deviceGroupsRequest, { size, nextCursor: cursor });
            const { data } = await transport.send({ endpoint, query, success: pageSuccess }, callOptions);
            return data;
          },
          readRow(row) {
            const parsed = deviceGroup.safeParse(row);
            return parsed.success
              ? { item: parsed.data, id: parsed.data.groupId }
              : { path: parsed.error.issues[0]?.path.map(String).join('.') ?? '' };
          },
        },
        options,
      ),
    create: (group, options) =>
      startCall(async () => {
        const endpoint = endpoints.createDeviceGroup;
        const body = checkRequest(endpoint, createDeviceGroupRequest, group);
        return transport.send({ endpoint, body, success: createDeviceGroupSuccess }, options);
      }),
    modify: (group, options) =>
      startCall(async () => {
        const endpoint = endpoints.modifyDeviceGroup;
        const body = checkRequest(endpoint, modifyDeviceGroupRequest, group);
        return transport.send({ endpoint, body, success: completedSuccess }, options);
      }),
    delete: (groupId, options) =>
      startCall(async () => {
        const endpoint = endpoints.deleteDeviceGroup;
        const body = checkRequest(endpoint, deleteDeviceGroupRequest, { groupId });
        return transport.send({ endpoint, body, success: completedSuccess }, options);
      }),
  };
}
