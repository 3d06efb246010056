import * as z from 'zod';
import { base64Text } from './field-rules.ts';

/** #1 `POST /api/v1/rsa-public-key`: `rsaKey` is an RSA public key in Base64. */
export const rsaPublicKeySuccess = z.looseObject({ rsaKey: z.string().min(1) });
export type RsaPublicKeySuccess = z.infer<typeof rsaPublicKeySuccess>;

/** #4 `POST /api/v1/merchant/encryption-test`: one sealed text, all three parts Base64. */
export const encryptionTestRequest = z.strictObject({
  encryptedData: base64Text,
  encryptedKey: base64Text,
  iv: base64Text,
});
export type EncryptionTestRequest = z.infer<typeof encryptionTestRequest>;

/** `success` says whether FacePass could open what it was sent. */
export const encryptionTestSuccess = z.looseObject({ success: z.boolean() });
export type EncryptionTestSuccess = z.infer<typeof encryptionTestSuccess>;
