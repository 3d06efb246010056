import type { EnvelopeScheme } from './scheme.ts';

/** A data-encryption key of AES-256. */
export const dekBytes = 32;

const algorithmNames = { A256GCM: 'AES-GCM', A256CBC: 'AES-CBC' } as const;

type Bytes = Uint8Array<ArrayBuffer>;

/** Encrypts or decrypts fields under one key and IV. */
export interface ContentCipher {
  readonly encrypt: (plaintext: Bytes) => Promise<ArrayBuffer>;
  readonly decrypt: (ciphertext: Bytes) => Promise<ArrayBuffer>;
}

/**
 * AES of the scheme under one key and IV, the tag appended where the mode has one. The caller keeps `dek`
 * unchanged until the last operation has settled: where it is also the AAD, runtimes may read it late.
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
  return {
    encrypt: (plaintext) => crypto.subtle.encrypt(parameters, key, plaintext),
    decrypt: (ciphertext) => crypto.subtle.decrypt(parameters, key, ciphertext),
  };
}
