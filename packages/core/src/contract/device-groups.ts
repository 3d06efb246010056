import * as z from 'zod';
import { withCompleted } from './completed.ts';
import { opaqueId, pageSize } from './field-rules.ts';
import { jsonObject, listRow, maybe, readId, readText } from './lenient.ts';

/** #12 `GET /api/v1/merchant/device-group?size=&nextCursor=`. */
export const deviceGroupsRequest = z.strictObject({
  size: pageSize.optional(),
  nextCursor: opaqueId.optional(),
});
export type DeviceGroupsRequest = z.infer<typeof deviceGroupsRequest>;

/** One row of #12 as it is read: only `groupId` is indispensable. What else cannot be read is in `unreadable`. */
export const deviceGroup = listRow({
  indispensable: { groupId: readId },
  rest: {
    deviceGroupName: maybe(readText),
    enableLiveness: maybe(z.boolean()),
    shouldSuccessResultSkip: maybe(z.boolean()),
    shouldFailResultSkip: maybe(z.boolean()),
    tags: maybe(jsonObject),
  },
  // They are few: the schema is asked.
  isUsual: () => false,
});
export type DeviceGroup = z.infer<typeof deviceGroup>;

/** #13 `POST /api/v1/merchant/create-device-group`. */
export const createDeviceGroupRequest = z.strictObject({
  deviceGroupName: opaqueId,
  /** Blocks faces that are not alive (a photo, a screen). */
  enableLiveness: z.boolean(),
  /** Starts the next recognition by itself after a success. */
  shouldSuccessResultSkip: z.boolean(),
  /** Starts the next recognition by itself after a failure. */
  shouldFailResultSkip: z.boolean(),
  tags: jsonObject.optional(),
});
export type CreateDeviceGroupRequest = z.infer<typeof createDeviceGroupRequest>;

/** Anything but `completed: true` reads as not done. */
export const createDeviceGroupSuccess = z.preprocess(
  withCompleted,
  z.discriminatedUnion('completed', [
    z.looseObject({ completed: z.literal(true), groupId: readId }),
    z.looseObject({ completed: z.literal(false), groupId: maybe(readId) }),
  ]),
);
export type CreateDeviceGroupSuccess = z.infer<typeof createDeviceGroupSuccess>;

/** #14 `POST /api/v1/merchant/modify-device-group`: the whole group, not a patch. */
export const modifyDeviceGroupRequest = createDeviceGroupRequest.extend({ groupId: opaqueId });
export type ModifyDeviceGroupRequest = z.infer<typeof modifyDeviceGroupRequest>;

/** #15 `POST /api/v1/merchant/delete-device-group`. */
export const deleteDeviceGroupRequest = z.strictObject({ groupId: opaqueId });
export type DeleteDeviceGroupRequest = z.infer<typeof deleteDeviceGroupRequest>;
