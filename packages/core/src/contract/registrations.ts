import * as z from 'zod';
import { withCompleted } from './completed.ts';
import { base64Text, emailAddress, opaqueId, pageSize, personName, phoneNumber } from './field-rules.ts';
import { isNone, isUsualText, isUsualTimestamp, listRow, maybe, readId, readText } from './lenient.ts';
import { merchantUserKeySchema } from './merchant-user-key.ts';
import { auditStatus } from './statuses.ts';
import { readTimestamp, writtenTimestamp } from './timestamp-schema.ts';

/** #2 `POST /api/v1/merchant/face-register-prepare`: CI or birth date (CI wins), phone or email. */
export const prepareRequest = z
  .strictObject({
    merchantUserKey: opaqueId,
    encryptedCI: base64Text.optional(),
    encryptedBirthDate: base64Text.optional(),
    encryptedName: base64Text,
    encryptedPhoneNumber: base64Text.optional(),
    encryptedEmail: base64Text.optional(),
    encryptedKey: base64Text,
    iv: base64Text,
  })
  .refine((request) => request.encryptedCI !== undefined || request.encryptedBirthDate !== undefined, {
    path: ['encryptedCI'],
    error: 'encryptedCI or encryptedBirthDate is required',
  })
  .refine((request) => request.encryptedPhoneNumber !== undefined || request.encryptedEmail !== undefined, {
    path: ['encryptedPhoneNumber'],
    error: 'encryptedPhoneNumber or encryptedEmail is required',
  });
export type PrepareRequest = z.infer<typeof prepareRequest>;

/**
 * The answer to #2. `token` is for the registration SDK, good for one hour; `txId` comes back in the
 * completion callback. Anything but `completed: true` reads as not done, and then nothing else is promised.
 */
export const prepareSuccess = z.preprocess(
  withCompleted,
  z.discriminatedUnion('completed', [
    z.looseObject({ completed: z.literal(true), txId: maybe(z.string()), token: z.string().min(1) }),
    z.looseObject({ completed: z.literal(false), txId: maybe(z.string()), token: maybe(z.string()) }),
  ]),
);
export type PrepareSuccess = z.infer<typeof prepareSuccess>;

/** #5 `POST /api/v1/merchant/face-register-exist`. */
export const registrationStatusRequest = z.strictObject({ merchantUserKey: opaqueId });
export type RegistrationStatusRequest = z.infer<typeof registrationStatusRequest>;

export const registrationStatusSuccess = z.looseObject({
  registered: z.boolean(),
  registeredTs: maybe(z.string()),
  auditStatus: maybe(auditStatus),
});
export type RegistrationStatusSuccess = z.infer<typeof registrationStatusSuccess>;

/** #6 `POST /api/v1/merchant/face-unregister`. */
export const unregisterRequest = z.strictObject({ merchantUserKey: opaqueId });
export type UnregisterRequest = z.infer<typeof unregisterRequest>;

/** #7 `POST /api/v1/merchant/face-register-history`. */
export const registrationHistoryRequest = z.strictObject({
  merchantUserKey: opaqueId.optional(),
  name: personName.optional(),
  phoneNumber: phoneNumber.optional(),
  email: emailAddress.optional(),
  startTs: writtenTimestamp,
  endTs: writtenTimestamp,
  size: pageSize.optional(),
  nextCursor: opaqueId.optional(),
});
export type RegistrationHistoryRequest = z.infer<typeof registrationHistoryRequest>;

/**
 * One row of #7 as it is read: only `id` and a timestamp that parses are indispensable. Any other field of an unknown
 * kind is left out, its raw value in `unreadable`.
 */
export const registrationItem = listRow({
  indispensable: { id: readId, eventTs: readTimestamp },
  rest: {
    merchantUserKey: maybe(readText.pipe(merchantUserKeySchema)),
    auditStatus: maybe(readText.pipe(auditStatus)),
  },
  isUsual: (row) =>
    isUsualText(row['id']) &&
    isUsualTimestamp(row['eventTs']) &&
    (isNone(row['merchantUserKey']) || isUsualText(row['merchantUserKey'])) &&
    (isNone(row['auditStatus']) || isUsualText(row['auditStatus'])),
});
export type RegistrationItem = z.infer<typeof registrationItem>;
