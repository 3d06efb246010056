import * as z from 'zod';
import { ulid } from '../world/ids.ts';
import type { Merchant } from '../world/merchant.ts';
import type { DeviceGroup } from '../world/records.ts';
import { type Endpoint, readInput } from './endpoint.ts';
import { errorCodes, VendorFailure } from './failures.ts';
import { pageOf } from './paging.ts';
import { optionalText, pageSizeText, requiredText, tags } from './request-fields.ts';

const groupQuery = z.object({ size: pageSizeText, nextCursor: optionalText });

export const deviceGroup: Endpoint = {
  name: 'device-group',
  method: 'GET',
  path: '/api/v1/merchant/device-group',
  handle(call) {
    const { merchant } = call;
    const query = readInput(call, groupQuery);
    const newestFirst = merchant.personality.pageOrder === 'newest-first';
    // ULIDs sort by their time, so a cursor keeps its place even when its group is gone.
    const compare = (a: string, b: string) => (newestFirst ? -1 : 1) * (a < b ? -1 : a > b ? 1 : 0);
    const groupIds = merchant.deviceGroups.values().map(({ groupId }) => groupId);
    const { items, steering } = pageOf(
      groupIds.sort(compare),
      query,
      { idOf: (groupId) => groupId, anchorOf: (groupId) => groupId, compare },
      merchant.personality,
    );
    return { items: items.map((groupId) => merchant.deviceGroups.get(groupId)), ...steering };
  },
};

const groupFields = z.object({
  deviceGroupName: requiredText,
  enableLiveness: z.boolean(),
  shouldSuccessResultSkip: z.boolean(),
  shouldFailResultSkip: z.boolean(),
  tags,
});

export const createDeviceGroup: Endpoint = {
  name: 'create-device-group',
  method: 'POST',
  path: '/api/v1/merchant/create-device-group',
  handle(call) {
    const { world, merchant } = call;
    const fields = readInput(call, groupFields);
    call.concerns(fields.deviceGroupName);
    const groupId = ulid(world.nowMs(), world.parts.random);
    merchant.deviceGroups.set(groupId, { groupId, ...settingsOf(fields), tags: fields.tags ?? {} });
    return { completed: true, groupId };
  },
};

const modifyFields = groupFields.extend({ groupId: requiredText });

export const modifyDeviceGroup: Endpoint = {
  name: 'modify-device-group',
  method: 'POST',
  path: '/api/v1/merchant/modify-device-group',
  handle(call) {
    const fields = readInput(call, modifyFields);
    call.concerns(fields.groupId);
    const group = groupOrFail(call.merchant, fields.groupId);
    // Tags left out stay as they are: the guide does not say that leaving them out removes them.
    call.merchant.deviceGroups.set(group.groupId, {
      ...group,
      ...settingsOf(fields),
      tags: fields.tags ?? group.tags,
    });
    return { completed: true };
  },
};

const deleteFields = z.object({ groupId: requiredText });

export const deleteDeviceGroup: Endpoint = {
  name: 'delete-device-group',
  method: 'POST',
  path: '/api/v1/merchant/delete-device-group',
  handle(call) {
    const { merchant } = call;
    const { groupId } = readInput(call, deleteFields);
    call.concerns(groupId);
    groupOrFail(merchant, groupId);
    if (merchant.devices.find((device) => device.groupId === groupId) !== undefined) {
      throw new VendorFailure(errorCodes.groupHasDevices, 'devices are still connected to this group');
    }
    merchant.deviceGroups.delete(groupId);
    return { completed: true };
  },
};

/** @throws VendorFailure where this merchant has no such group */
export function groupOrFail(merchant: Merchant, groupId: string): DeviceGroup {
  const group = merchant.deviceGroups.get(groupId);
  if (group !== undefined) return group;
  throw new VendorFailure(errorCodes.groupNotFound, 'no such device group');
}

function settingsOf(fields: z.infer<typeof groupFields>) {
  const { deviceGroupName, enableLiveness, shouldSuccessResultSkip, shouldFailResultSkip } = fields;
  return { deviceGroupName, enableLiveness, shouldSuccessResultSkip, shouldFailResultSkip };
}
