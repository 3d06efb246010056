import * as z from 'zod';
import { responseCode } from '../contract/field-rules.ts';
import { jsonObject } from '../contract/lenient.ts';
import { merchantUserKeySchema } from '../contract/merchant-user-key.ts';

/** B2, asked at the door: may this member enter here? `params` are what the partner set up for the device. */
export const permissionsRequest = z.looseObject({
  merchantUserKey: merchantUserKeySchema,
  params: jsonObject,
});
export type PermissionsRequest = z.infer<typeof permissionsRequest>;

/**
 * The answer to B2. `customMessage` is shown as it is and wins; `code` (at most 50 bytes) selects a text
 * stored at FacePass; both empty mean FacePass's default text.
 */
export const permissionsAnswer = z.strictObject({
  verified: z.boolean(),
  customMessage: z.string().nullish(),
  message: z.string().nullish(),
  code: responseCode.nullish(),
});
export type PermissionsAnswer = z.infer<typeof permissionsAnswer>;
