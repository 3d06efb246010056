/**
 * Subpath `@facepass-kit/crypto/detect`: which scheme an envelope sealed for us was made with, without asking
 * anyone.
 */
import { decodeBase64 } from './base64.ts';
import { createContentCipher } from './content-encryption.ts';
import type { EnvelopeParts } from './envelope.ts';
import { EnvelopeError } from './envelope-error.ts';
import { oaepHashOf } from './key-wrap.ts';
import { listPlausibleSchemes } from './plausible-schemes.ts';
import { checkPrivateKeys, type PrivateKey, type PrivateKeys } from './private-keys.ts';
import { decryptOaep } from './rsa-key.ts';
import type { EnvelopeScheme } from './scheme.ts';
import { decodeWrappedKey } from './wrapped-key.ts';

export interface DetectedScheme {
  readonly found: true;
  readonly scheme: EnvelopeScheme;
  /** The key of ours that the envelope was sealed for. */
  readonly kid: string;
  /**
   * `authenticated`: GCM's tag proves mode, IV and AAD. `padding_only`: CBC has no tag; every field ended in valid
   * padding and was UTF-8, which one field does by chance in fewer than 1 of 250 cases.
   */
  readonly certainty: 'authenticated' | 'padding_only';
}

export interface UndetectedScheme {
  readonly found: false;
  /**
   * `no_key_of_this_size`: `encryptedKey` is longer or shorter than every key of ours, so it was sealed for another.
   * `key_not_unwrapped`: sealed for another key, altered, or wrapped with a padding this package does not open.
   * `content_not_opened`: our key unwraps it, but no plausible scheme opens the fields; `unwrappedBytes` is a hint.
   */
  readonly reason: 'no_key_of_this_size' | 'key_not_unwrapped' | 'content_not_opened';
  /** What it may still be: these cannot be told apart from here. */
  readonly remaining: readonly EnvelopeScheme[];
  /** Length of what RSA unwrapped, where it did. */
  readonly unwrappedBytes?: number;
}

export type SchemeDetection = DetectedScheme | UndetectedScheme;

/**
 * Finds the scheme of one envelope by opening it in every plausible way with our private keys: OAEP with SHA-1 and
 * with SHA-256, every form of the wrapped key, GCM and CBC. PKCS#1 v1.5 and OAEP with two hashes are never opened
 * here and remain as possibilities.
 *
 * For an integrator at a terminal, about an envelope they trust. Its answer says precisely what an opener must
 * keep to itself: never let a remote sender see it.
 *
 * @param fieldNames default: every member of the envelope named `encrypted…` that is not null
 * @throws EnvelopeError `invalid_input` where the envelope lacks key, IV or fields or they are not canonical Base64; `bad_key` for keys that were not imported
 */
export async function detectScheme(
  envelope: Readonly<EnvelopeParts>,
  keys: PrivateKeys,
  fieldNames?: readonly string[],
): Promise<SchemeDetection> {
  const parts: Readonly<Record<string, unknown>> = { ...envelope };
  const [wrapped, iv] = [decodePart(parts, 'encryptedKey'), decodePart(parts, 'iv')];
  const names = fieldNames ?? Object.keys(parts).filter((name) => isFieldName(name) && parts[name] != null);
  const ciphertexts = names.map((name) => decodePart(parts, name));
  if (ciphertexts.length === 0)
    throw new EnvelopeError('invalid_input', 'The envelope has no encrypted field.');

  const candidates = listPlausibleSchemes().filter(({ ivBytes }) => ivBytes === iv.length);
  const fitting = checkPrivateKeys(keys).keys.filter(({ modulusBits }) => modulusBits === wrapped.length * 8);
  if (fitting.length === 0) return { found: false, reason: 'no_key_of_this_size', remaining: candidates };

  let unwrappedBytes: number | undefined;
  for (const key of fitting) {
    for (const scheme of candidates) {
      const text = await unwrap(key, scheme, wrapped);
      if (text === undefined) continue;
      unwrappedBytes = text.length;
      if (await opens(scheme, text, iv, ciphertexts)) {
        const certainty = scheme.aes === 'A256GCM' ? 'authenticated' : 'padding_only';
        return { found: true, scheme, kid: key.kid, certainty };
      }
    }
  }
  return unwrappedBytes === undefined
    ? { found: false, reason: 'key_not_unwrapped', remaining: candidates.filter(isNotOpenedHere) }
    : { found: false, reason: 'content_not_opened', remaining: [], unwrappedBytes };
}

type Bytes = Uint8Array<ArrayBuffer>;

function isFieldName(name: string): boolean {
  return name.startsWith('encrypted') && name !== 'encryptedKey';
}

function isNotOpenedHere({ rsa }: EnvelopeScheme): boolean {
  return oaepHashOf(rsa) === undefined;
}

function decodePart(parts: Readonly<Record<string, unknown>>, name: string): Bytes {
  const value = parts[name];
  if (typeof value !== 'string')
    throw new EnvelopeError('invalid_input', `The envelope has no text "${name}".`);
  try {
    return decodeBase64(value);
  } catch {
    throw new EnvelopeError('invalid_input', `"${name}" is not canonical Base64.`);
  }
}

async function unwrap(key: PrivateKey, { rsa }: EnvelopeScheme, wrapped: Bytes): Promise<Bytes | undefined> {
  const hash = oaepHashOf(rsa);
  const text = hash && (await decryptOaep(key.oaep[hash], wrapped));
  return text && new Uint8Array(text);
}

async function opens(
  scheme: EnvelopeScheme,
  wrappedText: Bytes,
  iv: Bytes,
  ciphertexts: readonly Bytes[],
): Promise<boolean> {
  const dek = decodeWrappedKey(scheme, wrappedText, iv);
  try {
    if (dek === undefined) return false;
    const decrypt = await createContentCipher(scheme, dek, iv, 'decrypt');
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    for (const ciphertext of ciphertexts) {
      const plaintext = new Uint8Array(await decrypt(ciphertext));
      try {
        decoder.decode(plaintext);
      } finally {
        plaintext.fill(0);
      }
    }
    return true;
  } catch {
    return false;
  } finally {
    dek?.fill(0);
    wrappedText.fill(0);
  }
}
