import { EnvelopeError } from './envelope-error.ts';

/** The two members every envelope has beside its fields, both Base64. */
export interface EnvelopeParts {
  readonly encryptedKey: string;
  readonly iv: string;
}

/** A sealed envelope as it goes over the wire: the caller's field names, each a Base64 ciphertext, plus key and IV. */
export type Sealed<K extends string> = Record<K, string> & { encryptedKey: string; iv: string };

/** Names that the envelope itself uses, or that would not become a plain member of an object. */
const reservedNames: readonly string[] = ['encryptedKey', 'iv', '__proto__'];

/** @throws EnvelopeError `invalid_input` */
export function checkFieldNames(names: readonly unknown[]): void {
  const repeated = new Set(names).size < names.length;
  if (names.length === 0 || repeated || !names.every((name) => typeof name === 'string' && name !== '')) {
    throw new EnvelopeError('invalid_input', 'Expected field names: one or more, none empty, none twice.');
  }
  const reserved = reservedNames.find((name) => names.includes(name));
  if (reserved === undefined) return;
  throw new EnvelopeError('invalid_input', `"${reserved}" cannot name a field.`);
}
