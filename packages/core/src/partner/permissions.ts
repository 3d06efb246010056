import * as z from 'zod';
import { responseCode } from '../contract/field-rules.ts';
import { isPlainObject, jsonObject } from '../contract/lenient.ts';
import { merchantUserKeySchema } from '../contract/merchant-user-key.ts';

/** B2, asked at the door: may this member enter here? `params` are what the partner set up for the device. */
export const permissionsRequest = z.looseObject({
  merchantUserKey: merchantUserKeySchema,
  params: jsonObject,
});
export type PermissionsRequest = z.infer<typeof permissionsRequest>;

/**
 * Whether a question, read as JSON, is one that the schema lets through unchanged, as nearly every one is: asking the
 * schema costs many times what this does. Where it is not, the schema says whether it is one, and what is wrong with it.
 */
export function isUsualPermissionsRequest(value: unknown): value is PermissionsRequest {
  return (
    isPlainObject(value) &&
    typeof value['merchantUserKey'] === 'string' &&
    value['merchantUserKey'] !== '' &&
    isPlainObject(value['params'])
  );
}

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
