import * as z from 'zod';
import { vendorKeysOf } from '../world/vendor-keys.ts';
import { type Endpoint, readInput } from './endpoint.ts';
import { errorCodes, RequestFault, VendorFailure } from './failures.ts';
import { tryOpen } from './read-envelope.ts';
import { requiredText } from './request-fields.ts';

export const rsaPublicKey: Endpoint = {
  name: 'rsa-public-key',
  method: 'POST',
  path: '/api/v1/rsa-public-key',
  async handle({ world, merchant }) {
    const { currentPublicKey } = await vendorKeysOf(world, merchant);
    return { rsaKey: currentPublicKey };
  },
};

const encryptionTestRequest = z.object({
  encryptedData: requiredText,
  encryptedKey: requiredText,
  iv: requiredText,
});

export const encryptionTest: Endpoint = {
  name: 'encryption-test',
  method: 'POST',
  path: '/api/v1/merchant/encryption-test',
  async handle(call) {
    const { encryptedData, encryptedKey, iv } = readInput(call, encryptionTestRequest);
    const opened = await tryOpen(call, { fields: { encryptedData }, encryptedKey, iv });
    const refusal = call.merchant.personality.encryptionTestRefusal;
    if (opened !== undefined || refusal === 'accept') return { success: true };
    if (refusal === 'success-false') return { success: false };
    const reason = 'encryptedData does not open';
    if (refusal === 'fail') throw new VendorFailure(errorCodes.decryptionFailed, reason);
    throw new RequestFault(400, errorCodes.decryptionFailed, reason);
  },
};
