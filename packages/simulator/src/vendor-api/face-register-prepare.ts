import * as z from 'zod';
import { byteLength } from '../world/byte-length.ts';
import { uuid } from '../world/ids.ts';
import type { Identity } from '../world/records.ts';
import { isRegistered } from '../world/registrations.ts';
import { issueSdkToken } from '../world/sdk-token.ts';
import { type Endpoint, readInput } from './endpoint.ts';
import { errorCodes, RequestFault, VendorFailure } from './failures.ts';
import { openOrRefuse } from './read-envelope.ts';
import { emailBytes, isBirthDate, nameBytes, optionalText, requiredText } from './request-fields.ts';

const prepareRequest = z.object({
  merchantUserKey: requiredText,
  encryptedCI: optionalText,
  encryptedName: requiredText,
  encryptedPhoneNumber: optionalText,
  encryptedEmail: optionalText,
  encryptedBirthDate: optionalText,
  encryptedKey: requiredText,
  iv: requiredText,
});
type PrepareRequest = z.infer<typeof prepareRequest>;

/** Both cases of the guide: name, phone or email, and either CI or birth date; with both, the CI counts. */
export const faceRegisterPrepare: Endpoint = {
  name: 'face-register-prepare',
  method: 'POST',
  path: '/api/v1/merchant/face-register-prepare',
  async handle(call) {
    const { world, merchant } = call;
    const request = readInput(call, prepareRequest);
    const { merchantUserKey, encryptedKey, iv } = request;
    call.concerns(merchantUserKey);
    const fields = identityFields(request);
    const identity = readIdentity(await openOrRefuse(call, { fields, encryptedKey, iv }));
    if (isRegistered(merchant.registrations.get(merchantUserKey))) {
      throw new VendorFailure(errorCodes.duplicatedUserKey, 'merchantUserKey already has a registered face');
    }
    const txId = uuid(world.parts.random);
    const token = await issueSdkToken(world, merchant, { purpose: 'register', txId });
    const preparedAtMs = world.nowMs();
    const expiresAtMs = preparedAtMs + merchant.personality.sdkTokenSeconds * 1000;
    merchant.preparations.set(txId, { txId, merchantUserKey, identity, preparedAtMs, expiresAtMs });
    return { completed: true, txId, token };
  },
};

/** The fields that the request's case consists of; others are left closed. */
function identityFields(request: PrepareRequest): Record<string, string> {
  const { encryptedCI, encryptedName, encryptedPhoneNumber, encryptedEmail, encryptedBirthDate } = request;
  if (!encryptedPhoneNumber && !encryptedEmail) {
    throw missing('encryptedPhoneNumber', 'one of encryptedPhoneNumber and encryptedEmail is required');
  }
  if (!encryptedCI && !encryptedBirthDate) {
    throw missing('encryptedCI', 'one of encryptedCI and encryptedBirthDate is required');
  }
  return {
    encryptedName,
    ...(encryptedPhoneNumber && { encryptedPhoneNumber }),
    ...(encryptedEmail && { encryptedEmail }),
    ...(encryptedCI ? { encryptedCI } : encryptedBirthDate && { encryptedBirthDate }),
  };
}

/** Whether each opened value is what its name says: a swapped ciphertext opens just as well. */
function readIdentity(opened: Record<string, string>): Identity {
  const { encryptedName: name = '', encryptedPhoneNumber: phoneNumber = null } = opened;
  const {
    encryptedEmail: email = null,
    encryptedBirthDate: birthDate = null,
    encryptedCI: ci = null,
  } = opened;
  if (name.trim() === '' || byteLength(name) > nameBytes)
    throw malformed('encryptedName', `1 to ${nameBytes} bytes`);
  if (phoneNumber !== null && !/^\d{10,11}$/.test(phoneNumber)) {
    throw malformed('encryptedPhoneNumber', '10 to 11 digits');
  }
  if (email !== null && (!email.includes('@') || byteLength(email) > emailBytes)) {
    throw malformed('encryptedEmail', `an address of at most ${emailBytes} bytes`);
  }
  if (birthDate !== null && !isBirthDate(birthDate))
    throw malformed('encryptedBirthDate', 'a day as yyyyMMdd');
  // The CI is 88 bytes of Base64; the guide's own sample holds something shorter, so only emptiness is refused.
  if (ci === '') throw malformed('encryptedCI', 'connecting information');
  return { name, phoneNumber, email, birthDate, ci };
}

function missing(field: string, expectation: string): RequestFault {
  return new RequestFault(400, errorCodes.invalidRequest, `${field}: ${expectation}`);
}

function malformed(field: string, expectation: string): RequestFault {
  return new RequestFault(400, errorCodes.invalidRequest, `${field}: expected ${expectation} inside`);
}
