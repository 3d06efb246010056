import * as z from 'zod';
import { base64Text, opaqueId, responseCode } from '../contract/field-rules.ts';
import { maybe } from '../contract/lenient.ts';

/**
 * B1, asked when a person registers in the vendor's app: either the CI, or a phone number with name and
 * birth date where known. One envelope seals them all. If both come, CI wins.
 */
export const validateRequest = z
  .looseObject({
    encryptedCI: maybe(base64Text),
    encryptedName: maybe(base64Text),
    encryptedPhoneNumber: maybe(base64Text),
    encryptedBirthDate: maybe(base64Text),
    encryptedKey: base64Text,
    iv: base64Text,
  })
  .refine((request) => request.encryptedCI !== undefined || request.encryptedPhoneNumber !== undefined, {
    path: ['encryptedCI'],
    error: 'encryptedCI or encryptedPhoneNumber is required',
  });
export type ValidateRequest = z.infer<typeof validateRequest>;

/**
 * The answer to B1. With `encryptedName` or `encryptedBirthDate` FacePass checks them against the person, and
 * then `encryptedKey` and `iv` are required. `merchantUserKey: null` is our reading of "no such member".
 */
export const validateAnswer = z
  .strictObject({
    merchantUserKey: opaqueId.nullable(),
    encryptedName: base64Text.optional(),
    encryptedBirthDate: base64Text.optional(),
    encryptedKey: base64Text.optional(),
    iv: base64Text.optional(),
    txId: opaqueId.optional(),
    message: z.string().nullish(),
    code: responseCode.nullish(),
  })
  .superRefine((answer, context) => {
    if (answer.encryptedName === undefined && answer.encryptedBirthDate === undefined) return;
    for (const part of ['encryptedKey', 'iv'] as const) {
      if (answer[part] !== undefined) continue;
      context.addIssue({
        code: 'custom',
        path: [part],
        message: 'required with encryptedName or encryptedBirthDate',
      });
    }
  });
export type ValidateAnswer = z.infer<typeof validateAnswer>;
