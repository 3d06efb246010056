/**
 * Runs vectors that nobody here wrote against this package: two functions, keys and ciphertexts in, plaintext out.
 * From source with Node 24: `import { open, decryptField } from './conformance/adapter.ts'`.
 */
import { createContentCipher, dekBytes } from '../src/content-encryption.ts';
import {
  createOpener,
  decodeBase64,
  EnvelopeError,
  type EnvelopeScheme,
  importPrivateKeys,
} from '../src/index.ts';
import { freezeScheme } from '../src/scheme.ts';

export interface OpenVector {
  /** The RSA private key, PKCS#8 DER as Base64. */
  readonly privateKeyPkcs8B64: string;
  readonly encryptedKey: string;
  readonly iv: string;
  /** One field, Base64, the tag appended where the mode has one. */
  readonly ciphertext: string;
  readonly scheme: EnvelopeScheme;
}

/**
 * Opens an envelope of one field.
 *
 * @throws EnvelopeError `open_failed` for whatever is wrong with the envelope; `unsupported_scheme` for PKCS#1 v1.5
 * and OAEP with two hashes, which this package seals and does not open; `bad_key`
 */
export async function open(vector: OpenVector): Promise<string> {
  const { privateKeyPkcs8B64, encryptedKey, iv, ciphertext, scheme } = vector;
  const keys = await importPrivateKeys(decodeBase64(privateKeyPkcs8B64));
  const opener = createOpener({ keys, scheme, allowUnauthenticatedCbc: true });
  const { field } = await opener.open({ encryptedKey, iv, field: ciphertext }, ['field']);
  return field;
}

export interface FieldVector {
  /** The 32 bytes of the AES key, Base64. */
  readonly rawKeyB64: string;
  readonly ivB64: string;
  readonly ciphertextB64: string;
  readonly scheme: EnvelopeScheme;
}

/**
 * Decrypts one field under a known AES key; of the scheme only mode, IV length and AAD matter.
 *
 * @throws EnvelopeError `open_failed` for whatever is wrong with key, IV or ciphertext
 */
export async function decryptField({
  rawKeyB64,
  ivB64,
  ciphertextB64,
  scheme,
}: FieldVector): Promise<string> {
  freezeScheme(scheme);
  try {
    const [dek, iv] = [decodeBase64(rawKeyB64), decodeBase64(ivB64)];
    if (dek.length !== dekBytes || iv.length !== scheme.ivBytes) throw new TypeError();
    const decrypt = await createContentCipher(scheme, dek, iv, 'decrypt');
    const plaintext = await decrypt(decodeBase64(ciphertextB64));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext);
  } catch {
    throw new EnvelopeError('open_failed', 'The field could not be decrypted.');
  }
}
