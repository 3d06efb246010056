import { encodeBase64Url } from './base64.ts';
import { encodeSpki, type RsaPublicNumbers } from './der.ts';
import { EnvelopeError } from './envelope-error.ts';

/** The OAEP hashes WebCrypto has, and a WebCrypto key is bound to one of them. */
export type OaepHash = 'SHA-1' | 'SHA-256';

/** The same RSA key once per OAEP hash. */
export type OaepKeys = Readonly<Record<OaepHash, CryptoKey>>;

/** Below this RSA is refused everywhere that keeps a policy (NIST SP 800-131A, jose, Java's jdk.certpath). */
const minModulusBits = 2048;

/** Deno and many HSMs stop here, and a larger modulus only serves to burn the opener's CPU. */
const maxModulusBits = 4096;

/** FIPS 186-5 §5.1: an odd public exponent above 2^16. Longer than four bytes it only costs time. */
const minPublicExponent = 65_537;
const maxPublicExponentBytes = 4;

/** Checks size and exponent and returns the modulus length in bits. @throws EnvelopeError `bad_key` */
export function checkRsaNumbers({ n, e }: RsaPublicNumbers): number {
  const modulusBits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (modulusBits < minModulusBits || modulusBits > maxModulusBits || modulusBits % 8 !== 0) {
    throw new EnvelopeError(
      'bad_key',
      `The RSA modulus has ${modulusBits} bits; expected ${minModulusBits} to ${maxModulusBits}, in whole bytes.`,
    );
  }
  const exponent = e.reduce((value, byte) => value * 256 + byte, 0);
  if (e.length > maxPublicExponentBytes || exponent < minPublicExponent || exponent % 2 === 0) {
    throw new EnvelopeError(
      'bad_key',
      'The RSA public exponent must be odd and from 65537 to 2^32 (FIPS 186-5 §5.1).',
    );
  }
  return modulusBits;
}

/** The default key id: SHA-256 of the SubjectPublicKeyInfo as base64url, the same for both halves of a pair. */
export async function rsaKeyId(numbers: RsaPublicNumbers): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', encodeSpki(numbers))));
}

/** Imports one key for both OAEP hashes, hiding what the runtime says when it refuses. @throws EnvelopeError `bad_key` */
export async function importForOaep(importOne: (hash: OaepHash) => Promise<CryptoKey>): Promise<OaepKeys> {
  try {
    const [sha1, sha256] = await Promise.all([importOne('SHA-1'), importOne('SHA-256')]);
    return { 'SHA-1': sha1, 'SHA-256': sha256 };
  } catch {
    throw new EnvelopeError(
      'bad_key',
      'This runtime refuses the RSA key: it is malformed or its parts do not fit together.',
    );
  }
}
