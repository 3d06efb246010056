import { encodeBase64 } from './base64.ts';
import { EnvelopeError } from './envelope-error.ts';
import { decodeKeyText, isPem, readPem } from './pem.ts';
import { importForOaep, type OaepKeys, type PublicJwk, readPublicKey } from './rsa-key.ts';

/** The other side's RSA public key, checked and ready to wrap keys. Import once and keep it. */
export interface PeerKey {
  /** SHA-256 of the SubjectPublicKeyInfo, base64url. */
  readonly kid: string;
  readonly modulusBits: number;
  /** The SubjectPublicKeyInfo as Base64, the form FacePass hands out. */
  readonly spkiBase64: string;
  readonly jwk: PublicJwk;
  readonly oaep: OaepKeys;
}

/**
 * Imports FacePass's public key as `/api/v1/rsa-public-key` gives it, Base64 of a SubjectPublicKeyInfo, or the
 * same key as DER bytes, PEM, JWK, or in PKCS#1 (`RSA PUBLIC KEY`).
 *
 * @throws EnvelopeError `bad_key` where it is not exactly one canonically encoded RSA public key of 2048 to
 * 4096 bits, or is a private key
 * @example
 * const peer = await importPeerKey(answer.success.rsaKey);
 */
export async function importPeerKey(key: string | Uint8Array | PublicJwk): Promise<PeerKey> {
  const { kid, modulusBits, spki, jwk } = await readPublicKey(readSource(key));
  const oaep = await importForOaep((algorithm) =>
    crypto.subtle.importKey('spki', spki, algorithm, true, ['encrypt']),
  );
  return Object.freeze({ kid, modulusBits, spkiBase64: encodeBase64(spki), jwk, oaep });
}

function readSource(key: string | Uint8Array | PublicJwk): Uint8Array<ArrayBuffer> | PublicJwk {
  if (key instanceof Uint8Array) return toSpki(Uint8Array.from(key));
  if (typeof key === 'object' && key !== null && !('d' in key)) return { kty: key.kty, n: key.n, e: key.e };
  const ders =
    typeof key !== 'string' ? [] : isPem(key) ? readPem(key, /^(RSA )?PUBLIC KEY$/) : [decodeKeyText(key)];
  const [der] = ders;
  if (der !== undefined && ders.length === 1) return toSpki(der);
  throw new EnvelopeError('bad_key', 'Expected one RSA public key as Base64, DER bytes, PEM or JWK.');
}

/** `AlgorithmIdentifier { rsaEncryption, NULL }` (RFC 8017 appendix A.1). */
const rsaEncryption = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];

/**
 * Puts the SubjectPublicKeyInfo around a PKCS#1 `RSAPublicKey`. Of 2048 bits and more both begin with a sequence
 * whose length takes two bytes; what follows is an INTEGER in PKCS#1 and another sequence in SPKI.
 */
function toSpki(der: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (der[4] !== 0x02) return der;
  const bits = [0x03, 0x82, ...twoBytes(der.length + 1), 0];
  const body = [...rsaEncryption, ...bits, ...der];
  return Uint8Array.of(0x30, 0x82, ...twoBytes(body.length), ...body);
}

function twoBytes(length: number): [high: number, low: number] {
  return [length >> 8, length & 0xff];
}
