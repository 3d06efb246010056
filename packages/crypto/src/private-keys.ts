import { encodeBase64 } from './base64.ts';
import { EnvelopeError } from './envelope-error.ts';
import { exportJwk } from './export-key.ts';
import { isPem, readPem } from './pem.ts';
import { decryptOaep, importForOaep, type OaepKeys, oaepSha256, readPublicKey } from './rsa-key.ts';

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

const jwkMembers = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;

/** What private keys come in: a JWKS (object or JSON text), PKCS#8 as PEM (one block or several) or as DER bytes. */
export type PrivateKeySource = PrivateJwks | string | Uint8Array;

/**
 * Imports our private keys, tried in the order given: put the newest first.
 *
 * @throws EnvelopeError `bad_key` where there is none or more than three, one is there twice, or one is not a
 * complete RSA private key of 2048 to 4096 bits
 * @example
 * const keys = await importPrivateKeys(env.PRIVATE_JWKS);
 */
export async function importPrivateKeys(
  source: PrivateKeySource | readonly PrivateKeySource[],
): Promise<PrivateKeys> {
  const sources: readonly unknown[] = Array.isArray(source) ? source : [source];
  const entries = sources.flatMap(readEntries);
  if (entries.length === 0 || entries.length > maxActiveKeys) {
    throw new EnvelopeError('bad_key', `Expected 1 to ${maxActiveKeys} private keys, got ${entries.length}.`);
  }
  const imported = await Promise.all(
    entries.map((entry) => (isBytes(entry) ? importPkcs8(entry) : importJwk(entry))),
  );
  const keys = imported.map(({ key }) => key);
  for (const ids of [keys.map(({ kid }) => kid), imported.map(({ thumbprint }) => thumbprint)]) {
    if (new Set(ids).size < ids.length)
      throw new EnvelopeError('bad_key', 'Two private keys are one, or share a kid.');
  }
  return Object.freeze({ keys: Object.freeze(keys) });
}

/** Whatever kid a key goes by, its thumbprint is that of its public half. */
interface ImportedKey {
  readonly key: PrivateKey;
  readonly thumbprint: string;
}

/**
 * For callers without types: a JWKS not imported yet, a promise not awaited, or nothing.
 *
 * @throws EnvelopeError `bad_key`
 */
export function checkPrivateKeys(value: PrivateKeys | undefined): PrivateKeys {
  const keys: readonly (PrivateKey | undefined)[] | undefined = value?.keys;
  if (value && Array.isArray(keys) && keys.length > 0 && keys.every((key) => key?.oaep)) return value;
  throw new EnvelopeError('bad_key', 'Expected the keys of importPrivateKeys.');
}

function readEntries(source: unknown): readonly unknown[] {
  if (isBytes(source)) return [Uint8Array.from(source)];
  if (typeof source === 'string' && isPem(source)) return readPem(source, /^PRIVATE KEY$/);
  const set: unknown = typeof source === 'string' ? parseJson(source) : source;
  if (typeof set === 'object' && set !== null && 'keys' in set && Array.isArray(set.keys)) return set.keys;
  throw new EnvelopeError('bad_key', 'Expected a JWKS, or PKCS#8 as PEM or DER bytes.');
}

function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes its input, which is a private key here.
    throw new EnvelopeError('bad_key', 'The JWKS is not JSON.');
  }
}

async function importJwk(entry: unknown): Promise<ImportedKey> {
  const source: Readonly<Record<string, unknown>> = { ...(typeof entry === 'object' ? entry : {}) };
  const { kid, kty, use = 'enc' } = source;
  // `alg`, `key_ops` and `ext` are left behind: they would bind the key to one hash before the scheme is known.
  const jwk: Record<string, unknown> = Object.fromEntries(
    jwkMembers.map((member) => [member, source[member]]),
  );
  if (kty !== 'RSA' || use !== 'enc' || !isTextRecord(jwk)) {
    throw new EnvelopeError('bad_key', `Expected an RSA private key with ${jwkMembers}.`);
  }
  const { n = '', e = '' } = jwk;
  const key = await readPublicKey({ kty, n, e });
  const oaep = await importForOaep((algorithm) =>
    crypto.subtle.importKey('jwk', { kty, ...jwk }, algorithm, false, ['decrypt']),
  );
  await checkPair(key.key, oaep['SHA-256']);
  const id = typeof kid === 'string' && kid !== '' ? kid : key.kid;
  return { key: Object.freeze({ kid: id, modulusBits: key.modulusBits, oaep }), thumbprint: key.kid };
}

/** Some runtimes import a private key whose parts belong to different keys; it is better to hear of it here. */
async function checkPair(publicKey: CryptoKey, privateKey: CryptoKey): Promise<void> {
  const text = crypto.getRandomValues(new Uint8Array(16));
  const wrapped = await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, publicKey, text);
  const unwrapped = await decryptOaep(privateKey, new Uint8Array(wrapped));
  if (unwrapped !== undefined && encodeBase64(new Uint8Array(unwrapped)) === encodeBase64(text)) return;
  throw new EnvelopeError('bad_key', 'Parts of different RSA keys.');
}

async function importPkcs8(der: Uint8Array<ArrayBuffer>): Promise<ImportedKey> {
  const jwk = await crypto.subtle
    .importKey('pkcs8', der, oaepSha256, true, ['decrypt'])
    .then(exportJwk)
    .catch(() => {
      throw new EnvelopeError('bad_key', 'Not an RSA private key in PKCS#8.');
    })
    .finally(() => der.fill(0));
  return importJwk(jwk);
}

function isTextRecord(record: Readonly<Record<string, unknown>>): record is Record<string, string> {
  return Object.values(record).every((value) => typeof value === 'string');
}
