import * as z from 'zod';
import { opaqueId, pageSize } from './field-rules.ts';
import {
  type Fields,
  isNone,
  isPlainObject,
  isUsualText,
  isUsualTimestamp,
  jsonObject,
  listRow,
  maybe,
  readId,
  readText,
} from './lenient.ts';
import { merchantUserKeySchema } from './merchant-user-key.ts';
import { resultCode, verificationStatus } from './statuses.ts';
import { readTimestamp, writtenTimestamp } from './timestamp-schema.ts';

/** #8 `POST /api/v1/merchant/face-verify-history`. */
export const verificationHistoryRequest = z.strictObject({
  merchantUserKey: opaqueId.optional(),
  status: verificationStatus.optional(),
  deviceId: opaqueId.optional(),
  transactionId: opaqueId.optional(),
  startTs: writtenTimestamp,
  endTs: writtenTimestamp,
  size: pageSize.optional(),
  nextCursor: opaqueId.optional(),
});
export type VerificationHistoryRequest = z.infer<typeof verificationHistoryRequest>;

/**
 * One row of #8 as it is read. The guide's table says `verifyTs`, its sample `verifiedTs`: both are read, as
 * `verifyTs`. `customCode` is the `code` the partner answered at the door; `transactionId` is absent for QR.
 * A face that nobody recognised may come without `merchantUserKey`. Only `id` and a time are indispensable: any other
 * field of an unknown kind is left out, its raw value in `unreadable`.
 */
export const verificationItem = listRow({
  indispensable: { id: readId, verifyTs: readTimestamp },
  rest: {
    merchantUserKey: maybe(readText.pipe(merchantUserKeySchema)),
    status: maybe(readText.pipe(verificationStatus)),
    resultCode: maybe(readText.pipe(resultCode)),
    customCode: maybe(readText),
    deviceId: maybe(readId),
    params: maybe(jsonObject),
    transactionId: maybe(readText),
  },
  isUsual,
  respelt: oneSpelling,
});
export type VerificationItem = z.infer<typeof verificationItem>;

/** Field by field rather than by a table of them: a name that is written out is looked up many times as fast. */
function isUsual(row: Fields): boolean {
  return (
    isUsualText(row['id']) &&
    isUsualTimestamp(row['verifyTs']) &&
    (isNone(row['merchantUserKey']) || isUsualText(row['merchantUserKey'])) &&
    (isNone(row['status']) || isUsualText(row['status'])) &&
    (isNone(row['resultCode']) || isUsualText(row['resultCode'])) &&
    (isNone(row['customCode']) || isUsualText(row['customCode'])) &&
    (isNone(row['deviceId']) || isUsualText(row['deviceId'])) &&
    (isNone(row['params']) || isPlainObject(row['params'])) &&
    (isNone(row['transactionId']) || isUsualText(row['transactionId']))
  );
}

function oneSpelling(row: unknown): unknown {
  if (typeof row !== 'object' || row === null || !('verifiedTs' in row)) return row;
  const { verifiedTs, ...rest } = row;
  return 'verifyTs' in rest && rest.verifyTs != null ? row : { ...rest, verifyTs: verifiedTs };
}
