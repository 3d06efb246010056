import { decodeBase64 } from './base64.ts';
import { createContentCipher, dekBytes } from './content-encryption.ts';
import { EnvelopeError } from './envelope-error.ts';
import { oaepHashOf } from './key-wrap.ts';
import { checkPrivateKeys, type PrivateKeys } from './private-keys.ts';
import { decryptOaep, type OaepHash } from './rsa-key.ts';
import { defaultScheme, type EnvelopeScheme, freezeScheme } from './scheme.ts';
import { decodeWrappedKey } from './wrapped-key.ts';

export interface OpenerOptions {
  readonly keys: PrivateKeys;
  /** Default: {@link defaultScheme}. */
  readonly scheme?: EnvelopeScheme;
  /**
   * CBC ciphertexts carry no authentication: whoever can send altered envelopes and see which of them are
   * answered differently decrypts others' data byte by byte (a padding oracle). Set it only where every
   * sender is authenticated first and a failed opening is answered like any other refusal.
   */
  readonly allowUnauthenticatedCbc?: boolean;
}

/** What opening needs, checked once. */
export interface OpenContext {
  readonly keys: PrivateKeys;
  readonly scheme: EnvelopeScheme;
  readonly hash: OaepHash;
  readonly drawSubstitute: () => Bytes;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** @throws EnvelopeError `bad_key`, `unsupported_scheme` */
export function createOpenContext(options: OpenerOptions): OpenContext {
  const given: Partial<OpenerOptions> = options ?? {};
  const keys = checkPrivateKeys(given.keys);
  const scheme = freezeScheme(given.scheme ?? defaultScheme);
  const hash = oaepHashOf(scheme.rsa);
  if (hash === undefined) {
    throw new EnvelopeError(
      'unsupported_scheme',
      `Opening ${scheme.rsa} is not offered: how it fails helps an attacker. Ask the sender for OAEP.`,
    );
  }
  if (scheme.aes === 'A256CBC' && given.allowUnauthenticatedCbc !== true) {
    throw new EnvelopeError(
      'unsupported_scheme',
      'Opening CBC needs allowUnauthenticatedCbc: it can be a padding oracle.',
    );
  }
  return { keys, scheme, hash, drawSubstitute: createSubstitutes() };
}

/** Refuses what is not UTF-8, and keeps a byte order mark: what was sealed comes back. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The texts of all fields named, or a rejection of no particular kind: it is the caller who turns that into the
 * one error there is.
 *
 * @param keepDek receives a copy of the data-encryption key once everything has opened
 */
export async function openEnvelope(
  { keys, scheme, hash, drawSubstitute }: OpenContext,
  envelope: Readonly<Record<string, unknown>>,
  fieldNames: readonly string[],
  keepDek?: (dek: Bytes) => void,
): Promise<string[]> {
  const wrapped = readPart(envelope, 'encryptedKey');
  const [newest, ...older] = keys.keys.filter(({ modulusBits }) => modulusBits === wrapped.length * 8);
  const unwrapping = newest && decryptOaep(newest.oaep[hash], wrapped);
  // Everything that needs no key happens while the runtime is busy with the private operation.
  const iv = readPart(envelope, 'iv');
  if (iv.length !== scheme.ivBytes) throw new TypeError();
  const ciphertexts = fieldNames.map((name) => readPart(envelope, name));
  const attempts = [() => unwrapping, ...older.map((key) => () => decryptOaep(key.oaep[hash], wrapped))];
  const { dek, usage, fits } = await unwrap(scheme, iv, attempts, drawSubstitute());
  try {
    const cipher = await createContentCipher(scheme, dek, iv, usage);
    const results = await Promise.allSettled(ciphertexts.map(cipher));
    const plaintexts = results.map((result) => 'value' in result && new Uint8Array(result.value));
    try {
      const texts = plaintexts.map((plaintext) => {
        if (!fits || !plaintext) throw new TypeError();
        return decoder.decode(plaintext);
      });
      keepDek?.(dek.slice());
      return texts;
    } finally {
      for (const plaintext of plaintexts) if (plaintext) plaintext.fill(0);
    }
  } finally {
    dek.fill(0);
  }
}

function readPart(envelope: Readonly<Record<string, unknown>>, name: string): Bytes {
  const value = Object.hasOwn(envelope, name) ? envelope[name] : undefined;
  if (typeof value !== 'string') throw new TypeError();
  return decodeBase64(value);
}

interface UnwrappedDek {
  readonly dek: Bytes;
  /** Whether `dek` came out of the envelope. Random bytes must not pass for it, even where CBC takes them. */
  readonly fits: boolean;
  readonly usage: 'encrypt' | 'decrypt';
}

/**
 * The data-encryption key of the first attempt that yields one; it never rejects. Where none does, the random
 * substitute takes its place, so that the same work follows.
 *
 * After a failure of RSA itself that work is encryption: the runtime has then made one error object already, and
 * another for every field would take longer than an altered field does, which costs one in all.
 */
async function unwrap(
  scheme: EnvelopeScheme,
  iv: Bytes,
  attempts: readonly (() => Promise<ArrayBuffer | undefined> | undefined)[],
  substitute: Bytes,
): Promise<UnwrappedDek> {
  let usage: UnwrappedDek['usage'] = 'encrypt';
  for (const attempt of attempts) {
    const text = await attempt();
    if (text === undefined) continue;
    usage = 'decrypt';
    const bytes = new Uint8Array(text);
    const dek = decodeWrappedKey(scheme, bytes, iv);
    if (dek !== bytes) bytes.fill(0);
    if (dek !== undefined) return { dek, usage, fits: true };
  }
  return { dek: substitute, usage, fits: false };
}

/** Asking for random bytes costs as much for a page of them as for 32. */
const substitutesPerDraw = 64;

/** Random keys to stand in where none fits, each handed out once; drawn whether needed or not. */
function createSubstitutes(): () => Bytes {
  let pool: Bytes = new Uint8Array();
  return () => {
    if (pool.length === 0) pool = crypto.getRandomValues(new Uint8Array(dekBytes * substitutesPerDraw));
    const substitute = pool.slice(0, dekBytes);
    pool = pool.subarray(dekBytes);
    return substitute;
  };
}
