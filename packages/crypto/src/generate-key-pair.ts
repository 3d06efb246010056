import { encodeBase64 } from './base64.ts';
import { exportJwk, exportSpki } from './export-key.ts';
import type { PrivateJwk } from './private-keys.ts';
import { checkModulusBits, keyIdOf, oaepSha256 } from './rsa-key.ts';

export interface GeneratedKeyPair {
  /** The entry for our JWKS secret. */
  readonly privateJwk: PrivateJwk & { readonly kid: string; readonly use: 'enc' };
  /** What to hand to FacePass: the SubjectPublicKeyInfo as Base64. */
  readonly publicKeySpkiBase64: string;
  readonly kid: string;
}

/**
 * Generates an RSA key pair for envelopes sent to us: the private half as a JWKS entry, the public half in
 * the form FacePass itself uses.
 *
 * @param options.modulusBits 2048 (default; an opening costs about a quarter of one at 4096), 3072 or 4096
 * @param options.kid key id for our own use; default: SHA-256 of the public key
 * @throws EnvelopeError `bad_key` for a modulus below 2048 or above 4096 bits
 */
export async function generateKeyPair(
  options: { readonly modulusBits?: 2048 | 3072 | 4096; readonly kid?: string } = {},
): Promise<GeneratedKeyPair> {
  const modulusLength = options?.modulusBits ?? 2048;
  checkModulusBits(modulusLength);
  const algorithm = {
    ...oaepSha256,
    modulusLength,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  // Cast: the Workers' types do not tie the result to the algorithm asked for, the DOM's do.
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['encrypt', 'decrypt'])) as CryptoKeyPair;
  const [spki, jwk] = await Promise.all([exportSpki(pair.publicKey), exportJwk(pair.privateKey)]);
  const kid = options?.kid ?? (await keyIdOf(spki));
  // An exported RSA private key has all of these (RFC 7518 §6.3.2), whatever the type of a JWK in general says.
  const { n, e, d, p, q, dp, dq, qi } = jwk as Required<JsonWebKey>;
  return {
    privateJwk: { kty: 'RSA', use: 'enc', kid, n, e, d, p, q, dp, dq, qi },
    publicKeySpkiBase64: encodeBase64(spki),
    kid,
  };
}
