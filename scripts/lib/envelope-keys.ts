/** The private keys FacePass's requests are sealed for, as a JWKS: the steps of a rotation, each without losing the other key. */
import { generateKeyPair, importPrivateKeys, type PrivateJwks } from '@facepass-kit/crypto';

export interface RotatedKeys {
  /** The value of `ENVELOPE_PRIVATE_JWKS`. */
  readonly jwks: PrivateJwks;
  /** Base64 of the SubjectPublicKeyInfo: what FacePass is given. */
  readonly publicKey: string;
}

/**
 * Puts a new key first and keeps the others: both open from then on.
 *
 * @throws EnvelopeError `bad_key` where the text is no JWKS of RSA private keys, or three keys are there already
 */
export async function addKey(current: string | null): Promise<RotatedKeys> {
  const { privateJwk, publicKeySpkiBase64: publicKey } = await generateKeyPair();
  const jwks = { keys: [privateJwk, ...(current === null ? [] : await keysOf(current))] };
  await importPrivateKeys(jwks);
  return { jwks, publicKey };
}

/** Keeps the newest key alone. @throws EnvelopeError `bad_key` where the text is no JWKS of RSA private keys */
export async function retireKeys(current: string): Promise<PrivateJwks> {
  return { keys: (await keysOf(current)).slice(0, 1) };
}

async function keysOf(text: string): Promise<PrivateJwks['keys']> {
  await importPrivateKeys(text);
  // Just imported, so it is a JWKS.
  return (JSON.parse(text) as PrivateJwks).keys;
}
