import { decodeBase64, encodeBase64, encodeBase64Url } from './base64.ts';
import { encodeSpki, readRsaPublicKey } from './der.ts';
import { EnvelopeError } from './envelope-error.ts';
import { checkRsaNumbers, importForOaep, type OaepKeys, rsaKeyId } from './rsa-key.ts';

/** The other side's RSA public key, checked and ready to wrap keys. Import once and keep it. */
export interface PeerKey {
  /** SHA-256 of the SubjectPublicKeyInfo, base64url. */
  readonly kid: string;
  readonly modulusBits: number;
  /** The SubjectPublicKeyInfo as Base64, the form FacePass hands out. */
  readonly spkiBase64: string;
  readonly jwk: { readonly kty: 'RSA'; readonly n: string; readonly e: string };
  readonly oaep: OaepKeys;
}

/**
 * Imports FacePass's public key as `/api/v1/rsa-public-key` gives it: Base64 of a SubjectPublicKeyInfo.
 *
 * @throws EnvelopeError `bad_key` where the text is not exactly one RSA public key of 2048 to 4096 bits
 * @example
 * const peer = await importPeerKey(answer.success.rsaKey);
 */
export async function importPeerKey(base64Spki: string): Promise<PeerKey> {
  const numbers = readRsaPublicKey(decodeKeyText(base64Spki));
  const modulusBits = checkRsaNumbers(numbers);
  const spki = encodeSpki(numbers);
  const [kid, oaep] = await Promise.all([
    rsaKeyId(numbers),
    importForOaep((hash) =>
      crypto.subtle.importKey('spki', spki, { name: 'RSA-OAEP', hash }, true, ['encrypt']),
    ),
  ]);
  const jwk = { kty: 'RSA', n: encodeBase64Url(numbers.n), e: encodeBase64Url(numbers.e) } as const;
  return Object.freeze({ kid, modulusBits, spkiBase64: encodeBase64(spki), jwk, oaep });
}

function decodeKeyText(text: string): Uint8Array<ArrayBuffer> {
  try {
    return decodeBase64(text);
  } catch {
    throw new EnvelopeError('bad_key', 'The public key is not canonical Base64.');
  }
}
