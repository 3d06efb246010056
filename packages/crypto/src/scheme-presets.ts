import { defaultScheme, type EnvelopeScheme } from './scheme.ts';

/** Schemes that somebody documents or that a common library produces by default, by name. */
export const schemePresets = Object.freeze({
  /** Our reading of the guide: its sample ciphertexts are GCM; the rest follows the vendor's sister product. */
  default: defaultScheme,
  /** The vendor's identity-verification product (Java): labelled key text, the key itself as AAD. */
  'toss-cert': { ...defaultScheme, aad: 'dek', dek: 'labelled' },
  /** The same product's .NET Framework sample, which has no GCM. */
  'toss-cert-cbc': { ...defaultScheme, aes: 'A256CBC', ivBytes: 16, dek: 'labelled' },
  /** WebCrypto's and OpenSSL's reading of "OAEP with SHA-256": both hashes are SHA-256. */
  'oaep-sha256': { ...defaultScheme, rsa: 'OAEP-SHA256' },
  /** Java's `RSA/ECB/OAEPWithSHA-256AndMGF1Padding` without parameters: MGF1 stays at SHA-1. */
  'java-oaep-sha256': { ...defaultScheme, rsa: 'OAEP-SHA256-MGF1-SHA1' },
  /** Java's plain `RSA`, i.e. `RSA/ECB/PKCS1Padding`. */
  'java-rsa': { ...defaultScheme, rsa: 'PKCS1-v1_5' },
  /** Java's `AES/CBC/PKCS5Padding`. */
  'aes-cbc': { ...defaultScheme, aes: 'A256CBC', ivBytes: 16 },
} satisfies Record<string, EnvelopeScheme>);
Object.values(schemePresets).forEach(Object.freeze);

/** The name of a registered scheme. */
export type SchemePreset = keyof typeof schemePresets;
