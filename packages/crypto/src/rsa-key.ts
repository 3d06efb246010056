import { decodeBase64Url, encodeBase64, encodeBase64Url } from './base64.ts';
import { EnvelopeError } from './envelope-error.ts';
import { exportJwk, exportSpki } from './export-key.ts';

/** The OAEP hashes WebCrypto has, and a WebCrypto key is bound to one of them. */
export type OaepHash = 'SHA-1' | 'SHA-256';

/** The same RSA key once per OAEP hash. */
export type OaepKeys = Readonly<Record<OaepHash, CryptoKey>>;

/** An RSA public key as JWK (RFC 7518 §6.3.1). */
export interface PublicJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
}

/** What is public about an RSA key. */
export interface RsaPublicKey {
  /** SHA-256 of the SubjectPublicKeyInfo, base64url: the same for both halves of a pair. */
  readonly kid: string;
  readonly modulusBits: number;
  readonly spki: Uint8Array<ArrayBuffer>;
  readonly jwk: PublicJwk;
  /** For OAEP with SHA-256. */
  readonly key: CryptoKey;
}

/** OAEP with SHA-256, also where a key is read before its hash matters. */
export const oaepSha256 = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;

/** Below this RSA is refused everywhere that keeps a policy (NIST SP 800-131A, jose, Java's jdk.certpath). */
const minModulusBits = 2048;

/** Deno and many HSMs stop here, and a larger modulus only serves to burn the opener's CPU. */
const maxModulusBits = 4096;

/** FIPS 186-5 §5.1: an odd public exponent above 2^16. Longer than four bytes it only costs time. */
const minExponent = 65_537;
const maxExponentBytes = 4;

/**
 * Reads a public key in the one encoding it has. The runtime decodes, and its own encoding is compared with what
 * came in: Node and Bun let bytes after the end pass, and others forgive other things.
 *
 * @throws EnvelopeError `bad_key`
 */
export async function readPublicKey(source: Uint8Array<ArrayBuffer> | PublicJwk): Promise<RsaPublicKey> {
  const { key, spki, jwk } = await decodePublicKey(source).catch(() => {
    throw new EnvelopeError('bad_key', 'Not an RSA public key.');
  });
  const canonical =
    source instanceof Uint8Array
      ? encodeBase64(source) === encodeBase64(spki)
      : source.n === jwk.n && source.e === jwk.e;
  if (!canonical) throw new EnvelopeError('bad_key', 'The RSA public key is not in its canonical encoding.');
  return { kid: await keyIdOf(spki), modulusBits: checkSize(jwk), spki, jwk, key };
}

async function decodePublicKey(source: Uint8Array<ArrayBuffer> | PublicJwk) {
  const key = await (source instanceof Uint8Array
    ? crypto.subtle.importKey('spki', source, oaepSha256, true, ['encrypt'])
    : crypto.subtle.importKey('jwk', { ...source }, oaepSha256, true, ['encrypt']));
  const [spki, { n = '', e = '' }] = await Promise.all([exportSpki(key), exportJwk(key)]);
  return { key, spki, jwk: Object.freeze({ kty: 'RSA', n, e } as const) };
}

/** @throws EnvelopeError `bad_key` */
export function checkModulusBits(bits: number): void {
  if (bits >= minModulusBits && bits <= maxModulusBits && bits % 8 === 0) return;
  throw new EnvelopeError(
    'bad_key',
    `The RSA modulus has ${bits} bits; expected ${minModulusBits} to ${maxModulusBits}.`,
  );
}

function checkSize({ n, e }: PublicJwk): number {
  const modulus = decodeBase64Url(n);
  const modulusBits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  checkModulusBits(modulusBits);
  const exponent = decodeBase64Url(e);
  const value = exponent.reduce((sum, byte) => sum * 256 + byte, 0);
  if (exponent.length > maxExponentBytes || value < minExponent || value % 2 === 0) {
    throw new EnvelopeError('bad_key', 'The RSA public exponent must be odd and from 65537 to 2^32.');
  }
  return modulusBits;
}

export async function keyIdOf(spki: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', spki)));
}

/** Imports one key for both OAEP hashes, hiding what the runtime says when it refuses. @throws EnvelopeError `bad_key` */
export async function importForOaep(
  importAs: (algorithm: { name: string; hash: OaepHash }) => Promise<CryptoKey>,
): Promise<OaepKeys> {
  try {
    const [sha1, sha256] = await Promise.all([
      importAs({ name: 'RSA-OAEP', hash: 'SHA-1' }),
      importAs(oaepSha256),
    ]);
    return Object.freeze({ 'SHA-1': sha1, 'SHA-256': sha256 });
  } catch {
    throw new EnvelopeError('bad_key', 'Malformed RSA key.');
  }
}

/** What the key unwraps, or undefined: the runtime's reason is not to be seen. */
export function decryptOaep(
  key: CryptoKey,
  wrapped: Uint8Array<ArrayBuffer>,
): Promise<ArrayBuffer | undefined> {
  return crypto.subtle.decrypt({ name: 'RSA-OAEP' }, key, wrapped).catch(() => undefined);
}
