import { encodeBase64 } from './base64.ts';
import { createContentCipher } from './content-encryption.ts';
import { checkFieldNames } from './envelope.ts';
import { EnvelopeError } from './envelope-error.ts';
import type { EnvelopeScheme } from './scheme.ts';
import { utf8 } from './utf8.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Every field under one key and IV, as Base64 under the same names. @throws EnvelopeError `invalid_input` */
export async function sealFields(
  scheme: EnvelopeScheme,
  dek: Bytes,
  iv: Bytes,
  fields: Readonly<Record<string, unknown>>,
): Promise<Record<string, string>> {
  const names = typeof fields === 'object' ? Object.keys(fields ?? {}) : [];
  checkFieldNames(names);
  const plaintexts = new Map<string, Bytes>();
  try {
    for (const name of names) plaintexts.set(name, encodeText(name, fields[name]));
    const encrypt = await createContentCipher(scheme, dek, iv, 'encrypt');
    const sealing = [...plaintexts].map(async ([name, plaintext]) => {
      return [name, encodeBase64(new Uint8Array(await encrypt(plaintext)))] as const;
    });
    return Object.fromEntries(await Promise.all(sealing));
  } finally {
    for (const plaintext of plaintexts.values()) plaintext.fill(0);
  }
}

function encodeText(name: string, value: unknown): Bytes {
  // TextEncoder would replace a lone surrogate without a word, and the peer would store another name.
  if (typeof value !== 'string' || /\p{Surrogate}/u.test(value)) {
    throw new EnvelopeError('invalid_input', `The field "${name}" is not well-formed text.`);
  }
  return utf8(value);
}
