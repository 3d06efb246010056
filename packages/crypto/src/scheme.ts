import { EnvelopeError } from './envelope-error.ts';

/** How RSA pads what it wraps. The hash named is the OAEP hash; MGF1 uses the same one unless named too. */
export type RsaPadding = 'OAEP-SHA1' | 'OAEP-SHA256' | 'OAEP-SHA256-MGF1-SHA1' | 'PKCS1-v1_5';

/**
 * What RSA wraps: the 32 `raw` key bytes, their `base64` text, or a `labelled` text that names mode, key and
 * IV (`AES_GCM$<Base64 key>$<Base64 iv>`, `AES_CBC$…`).
 */
export type DekForm = 'raw' | 'base64' | 'labelled';

/** AES-256-GCM with its 16-byte tag appended to each ciphertext. */
export interface GcmScheme {
  readonly aes: 'A256GCM';
  readonly ivBytes: 12 | 16;
  /** Additional authenticated data: none, or the 32 raw bytes of the data-encryption key. */
  readonly aad: 'none' | 'dek';
  readonly rsa: RsaPadding;
  readonly dek: DekForm;
}

/** AES-256-CBC with PKCS#7 padding: one block as IV, and nothing that could authenticate additional data. */
export interface CbcScheme {
  readonly aes: 'A256CBC';
  readonly ivBytes: 16;
  readonly aad: 'none';
  readonly rsa: RsaPadding;
  readonly dek: DekForm;
}

/** One complete answer to everything the guide leaves open about its envelope. */
export type EnvelopeScheme = GcmScheme | CbcScheme;

export const rsaPaddings = ['OAEP-SHA1', 'OAEP-SHA256', 'OAEP-SHA256-MGF1-SHA1', 'PKCS1-v1_5'] as const;
export const dekForms = ['raw', 'base64', 'labelled'] as const;

/** Our reading of the guide until a probe has confirmed it: only GCM has evidence from FacePass itself. */
export const defaultScheme = Object.freeze({
  aes: 'A256GCM',
  ivBytes: 12,
  aad: 'none',
  rsa: 'OAEP-SHA1',
  dek: 'raw',
} satisfies GcmScheme);

/** Whether a value from outside (configuration, JSON) is a scheme, and none of the combinations that cannot exist. */
export function isEnvelopeScheme(value: unknown): value is EnvelopeScheme {
  if (typeof value !== 'object' || value === null) return false;
  const { aes, ivBytes, aad, rsa, dek }: { [K in keyof GcmScheme]?: unknown } = value;
  const modeFits =
    aes === 'A256GCM'
      ? (ivBytes === 12 || ivBytes === 16) && (aad === 'none' || aad === 'dek')
      : aes === 'A256CBC' && ivBytes === 16 && aad === 'none';
  return modeFits && rsaPaddings.some((padding) => padding === rsa) && dekForms.some((form) => form === dek);
}

/**
 * A frozen copy, so that what was checked is what is used: whoever kept the object may still change it.
 *
 * @throws EnvelopeError `unsupported_scheme`
 */
export function freezeScheme(value: unknown): EnvelopeScheme {
  const { aes, ivBytes, aad, rsa, dek }: { [K in keyof GcmScheme]?: unknown } = Object(value);
  const scheme: unknown = Object.freeze({ aes, ivBytes, aad, rsa, dek });
  if (isEnvelopeScheme(scheme)) return scheme;
  throw new EnvelopeError('unsupported_scheme', 'Not an envelope scheme: no such combination exists.');
}
