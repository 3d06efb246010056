import { decodeBase64Url } from './base64.ts';
import type { RsaPublicNumbers } from './der.ts';
import { EnvelopeError } from './envelope-error.ts';
import { checkRsaNumbers, importForOaep, type OaepKeys, rsaKeyId } from './rsa-key.ts';

/** An RSA private key as JWK (RFC 7518 §6.3), with all CRT members: WebCrypto takes none without. */
export interface PrivateJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  readonly d: string;
  readonly p: string;
  readonly q: string;
  readonly dp: string;
  readonly dq: string;
  readonly qi: string;
  readonly kid?: string;
  readonly use?: string;
}

/** A JSON Web Key Set (RFC 7517 §5) of RSA private keys, the newest first. */
export interface PrivateJwks {
  readonly keys: readonly PrivateJwk[];
}

export interface PrivateKey {
  readonly kid: string;
  readonly modulusBits: number;
  readonly oaep: OaepKeys;
}

/** Our private keys, not extractable, newest first. */
export interface PrivateKeys {
  readonly keys: readonly PrivateKey[];
}

/** The wire carries no key id, so each key costs one private operation per envelope: old, current and next suffice. */
const maxActiveKeys = 3;

const privateMembers = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;

/**
 * Imports our private keys from a JWKS, as an object or its JSON text. They are tried in the order given:
 * put the newest first.
 *
 * @throws EnvelopeError `bad_key` where the set is empty, has more than three keys, repeats one, or one is not
 * a complete RSA private key of 2048 to 4096 bits
 * @example
 * const keys = await importPrivateKeys(env.PRIVATE_JWKS);
 */
export async function importPrivateKeys(jwks: PrivateJwks | string): Promise<PrivateKeys> {
  const entries = readKeySet(jwks);
  if (entries.length === 0 || entries.length > maxActiveKeys) {
    throw new EnvelopeError('bad_key', `Expected 1 to ${maxActiveKeys} private keys, got ${entries.length}.`);
  }
  const keys = await Promise.all(entries.map(importJwk));
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) {
    throw new EnvelopeError('bad_key', 'Two private keys have the same key id (kid).');
  }
  return Object.freeze({ keys: Object.freeze(keys) });
}

function readKeySet(jwks: unknown): readonly unknown[] {
  const set: unknown = typeof jwks === 'string' ? parseJson(jwks) : jwks;
  if (typeof set === 'object' && set !== null && 'keys' in set && Array.isArray(set.keys)) return set.keys;
  throw new EnvelopeError('bad_key', 'Expected a JWKS: { "keys": [ … ] }.');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes its input, which is a private key here.
    throw new EnvelopeError('bad_key', 'The JWKS is not JSON.');
  }
}

async function importJwk(entry: unknown): Promise<PrivateKey> {
  const { jwk, kid, numbers } = readJwk(entry);
  const modulusBits = checkRsaNumbers(numbers);
  const [id, oaep] = await Promise.all([
    kid ?? rsaKeyId(numbers),
    importForOaep((hash) =>
      crypto.subtle.importKey('jwk', jwk, { name: 'RSA-OAEP', hash }, false, ['decrypt']),
    ),
  ]);
  return Object.freeze({ kid: id, modulusBits, oaep });
}

function readJwk(entry: unknown): { jwk: JsonWebKey; kid: string | undefined; numbers: RsaPublicNumbers } {
  const source: Record<string, unknown> = typeof entry === 'object' && entry !== null ? { ...entry } : {};
  if (source['kty'] !== 'RSA' || (source['use'] !== undefined && source['use'] !== 'enc')) {
    throw new EnvelopeError(
      'bad_key',
      'A private key must be a JWK with kty "RSA" and, where given, use "enc".',
    );
  }
  // `alg`, `key_ops` and `ext` are left behind: they would bind the key to one hash before the scheme is known.
  const jwk: { kty: string; [member: string]: string } = { kty: 'RSA' };
  for (const member of privateMembers) {
    const value = source[member];
    if (typeof value !== 'string') {
      throw new EnvelopeError(
        'bad_key',
        `The JWK member "${member}" is missing: expected ${privateMembers.join(', ')}.`,
      );
    }
    jwk[member] = value;
  }
  const kid = typeof source['kid'] === 'string' && source['kid'] !== '' ? source['kid'] : undefined;
  return { jwk, kid, numbers: { n: readMember(jwk['n']), e: readMember(jwk['e']) } };
}

function readMember(text = ''): Uint8Array<ArrayBuffer> {
  try {
    return decodeBase64Url(text);
  } catch {
    throw new EnvelopeError('bad_key', 'A JWK member is not unpadded base64url.');
  }
}
