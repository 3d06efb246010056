/**
 * Encryption at rest for what both Workers keep of a person.
 *
 * AES-256-GCM with a fresh 12-byte IV for every value and the value's context as additional data, so that a
 * ciphertext moved to another row or column does not open. The text form is `<key id>.<iv>.<ciphertext>` in
 * base64url, which keeps rotation simple: new values use the first key, old ones still name theirs.
 */

/** A data key: 32 random bytes in base64url under an id, the first of a list being the one that seals. */
export interface DataKey {
  readonly kid: string;
  readonly k: string;
}

export interface DataCipher {
  /** The id of the key that seals. */
  readonly currentKid: string;
  /** Encrypts `plaintext` for the place named by `context` (for example `member.name:<row id>`). */
  seal(plaintext: string, context: string): Promise<string>;
  /**
   * Decrypts what {@link DataCipher.seal} wrote for the same context.
   * @throws DataCipherError `unknown_key` when the key id is not configured, `open_failed` for anything else.
   */
  open(sealed: string, context: string): Promise<string>;
  /** Whether a stored value was sealed under another key than the current one and is due for rotation. */
  isStale(sealed: string): boolean;
}

export class DataCipherError extends Error {
  override readonly name = 'DataCipherError';
  readonly code: 'bad_key' | 'unknown_key' | 'open_failed';

  constructor(code: DataCipherError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const utf8 = new TextEncoder();
const KEY_BYTES = 32;
/** 96 bits, the IV length AES-GCM is specified for (NIST SP 800-38D §5.2.1.1). */
const IV_BYTES = 12;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

export async function createDataCipher(keys: readonly DataKey[]): Promise<DataCipher> {
  const [current] = keys;
  if (current === undefined) throw new DataCipherError('bad_key', 'no data key is configured');
  const imported = new Map<string, CryptoKey>();
  for (const key of keys) imported.set(key.kid, await importDataKey(key));
  if (imported.size !== keys.length) throw new DataCipherError('bad_key', 'two data keys have the same id');
  const sealingKey = await importDataKey(current);

  return {
    currentKid: current.kid,
    async seal(plaintext, context) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const ciphertext = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv, additionalData: utf8.encode(context) },
        sealingKey,
        utf8.encode(plaintext),
      );
      return `${current.kid}.${toBase64Url(iv)}.${toBase64Url(new Uint8Array(ciphertext))}`;
    },

    async open(sealed, context) {
      const [kid, iv, ciphertext] = sealed.split('.');
      if (kid === undefined || iv === undefined || ciphertext === undefined) throw openFailed();
      const key = imported.get(kid);
      if (key === undefined) {
        throw new DataCipherError(
          'unknown_key',
          `data key "${KEY_ID.test(kid) ? kid : '?'}" is not configured`,
        );
      }
      try {
        const plaintext = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: fromBase64Url(iv), additionalData: utf8.encode(context) },
          key,
          fromBase64Url(ciphertext),
        );
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext);
      } catch {
        throw openFailed();
      }
    },

    isStale: (sealed) => !sealed.startsWith(`${current.kid}.`),
  };
}

/** A new random data key under `kid`. */
export function generateDataKey(kid: string): DataKey {
  if (!KEY_ID.test(kid)) throw new DataCipherError('bad_key', 'a key id has 1 to 32 of A-Z a-z 0-9 _ -');
  return { kid, k: toBase64Url(crypto.getRandomValues(new Uint8Array(KEY_BYTES))) };
}

async function importDataKey({ kid, k }: DataKey): Promise<CryptoKey> {
  if (!KEY_ID.test(kid)) throw new DataCipherError('bad_key', 'a key id has 1 to 32 of A-Z a-z 0-9 _ -');
  let raw: Uint8Array<ArrayBuffer>;
  try {
    raw = fromBase64Url(k);
  } catch {
    throw new DataCipherError('bad_key', `data key "${kid}" is not base64url`);
  }
  if (raw.byteLength !== KEY_BYTES)
    throw new DataCipherError('bad_key', `data key "${kid}" must have 32 bytes`);
  return await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

function openFailed(): DataCipherError {
  return new DataCipherError('open_failed', 'a stored value could not be opened under its key and context');
}

/** ES2026, which Node 24 has not got. */
interface EncodingBytes extends Uint8Array {
  toBase64?(options: { readonly alphabet: 'base64url'; readonly omitPadding: true }): string;
}

export function toBase64Url(bytes: EncodingBytes): string {
  // A commit of the mirror has thousands of these: where the platform does it itself, no character is made by hand.
  if (bytes.toBase64 !== undefined) return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new TypeError('not base64url');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
