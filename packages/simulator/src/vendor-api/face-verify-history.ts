import * as z from 'zod';
import type { Personality } from '../world/personality.ts';
import type { JsonObject, Verification } from '../world/records.ts';
import { type Endpoint, readInput } from './endpoint.ts';
import { historyPage } from './history-page.ts';
import { instant, optionalText, pageSize } from './request-fields.ts';
import { optionalField, timestamp } from './wire-form.ts';

const verifyHistoryRequest = z.object({
  merchantUserKey: optionalText,
  status: optionalText,
  deviceId: optionalText,
  transactionId: optionalText,
  startTs: instant,
  endTs: instant,
  size: pageSize,
  nextCursor: optionalText,
});

export const faceVerifyHistory: Endpoint = {
  name: 'face-verify-history',
  method: 'POST',
  path: '/api/v1/merchant/face-verify-history',
  handle(call) {
    const query = readInput(call, verifyHistoryRequest);
    const { merchantUserKey, status, deviceId, transactionId } = query;
    const wanted = Object.entries({ merchantUserKey, status, deviceId, transactionId }).filter(
      ([, value]) => value,
    );
    const { verifications, personality } = call.merchant;
    const { items, steering } = historyPage(
      call,
      verifications,
      query,
      Object.fromEntries(wanted),
      (verification) => {
        const values: JsonObject = { ...verification };
        return wanted.every(([field, value]) => values[field] === value);
      },
    );
    return { items: items.map((verification) => verificationItem(verification, personality)), ...steering };
  },
};

/** A verification as face-verify-history shows it. */
function verificationItem(verification: Verification, personality: Personality): JsonObject {
  const at = timestamp(personality, verification.atMs);
  const { verifyTimeField, unrecognisedUserKey } = personality;
  const { merchantUserKey, transactionId } = verification;
  return {
    id: verification.id,
    ...(merchantUserKey !== null && { merchantUserKey }),
    ...(merchantUserKey === null && unrecognisedUserKey === 'null' && { merchantUserKey }),
    status: verification.status,
    ...optionalField(personality, 'resultCode', verification.resultCode),
    ...optionalField(personality, 'customCode', verification.customCode),
    deviceId: verification.deviceId,
    // The guide says of this one field that it is left out, not null, where there is none (QR).
    ...(transactionId !== null && { transactionId }),
    params: verification.params,
    ...(verifyTimeField !== 'verifiedTs' && { verifyTs: at }),
    ...(verifyTimeField !== 'verifyTs' && { verifiedTs: at }),
  };
}
