/** Test keys and envelopes of our own making, for every plausible scheme. The keys are public: never use them. */
import type { PrivateJwk } from '../src/index.ts';
import envelopes from './vectors/envelopes.json' with { type: 'json' };
import keys from './vectors/keys.json' with { type: 'json' };

export interface TestKey {
  readonly id: string;
  readonly modulusBits: number;
  readonly spkiBase64: string;
  readonly pkcs8Base64: string;
  readonly privateJwk: PrivateJwk;
}

export interface Vector {
  /** In the compact form of `formatScheme`. */
  readonly scheme: string;
  readonly key: string;
  /** The data-encryption key, Base64. */
  readonly dek: string;
  readonly envelope: { readonly encryptedKey: string; readonly iv: string; readonly [field: string]: string };
}

/** Plaintexts by field, the same in every vector. */
export const plaintexts: Readonly<Record<string, string>> = envelopes.plaintexts;
export const vectors: readonly Vector[] = envelopes.vectors;

export function testKey(id: 'rsa2048' | 'rsa2048-other' | 'rsa4096'): TestKey;
export function testKey(id: string): TestKey;
export function testKey(id: string): TestKey {
  const key = keys.find((candidate) => candidate.id === id);
  if (key === undefined) throw new Error(`No test key ${id}`);
  const { kty: _, ...members } = key.privateJwk;
  return { ...key, privateJwk: { kty: 'RSA', ...members } };
}
