import type { EnvelopeScheme } from './scheme.ts';

/** A data-encryption key of AES-256. */
export const dekBytes = 32;

const algorithmNames = { A256GCM: 'AES-GCM', A256CBC: 'AES-CBC' } as const;

type Bytes = Uint8Array<ArrayBuffer>;

/** Encrypts or decrypts one field after another, each to or from its ciphertext with the tag appended. */
export type ContentCipher = (input: Bytes) => Promise<ArrayBuffer>;

/**
 * AES of the scheme under one key and IV. The caller keeps `dek` unchanged until the last operation has settled:
 * where it is also the AAD, runtimes may read it late.
 *
 * @param additionalData what the scheme says; only published vectors bring another
 */
export async function createContentCipher(
  scheme: EnvelopeScheme,
  dek: Bytes,
  iv: Bytes,
  usage: 'encrypt' | 'decrypt',
  additionalData: Bytes | undefined = scheme.aad === 'dek' ? dek : undefined,
): Promise<ContentCipher> {
  const name = algorithmNames[scheme.aes];
  const key = await crypto.subtle.importKey('raw', dek, name, false, [usage]);
  const parameters = { name, iv, ...(additionalData && { additionalData }) };
  return (input) => crypto.subtle[usage](parameters, key, input);
}
