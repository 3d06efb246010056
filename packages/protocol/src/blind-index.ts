import { fromBase64Url, toBase64Url } from './data-cipher.ts';

/**
 * A keyed index over personal data: equal values give equal texts, and without the pepper nothing can be
 * told from them. HMAC-SHA-256, with the domain inside, so that a phone and a key of the same digits differ.
 */
export interface BlindIndex {
  /** The index of `value` (NFC first) in `domain`, 43 base64url characters. */
  of(domain: BlindIndexDomain, value: string): Promise<string>;
}

export type BlindIndexDomain =
  | 'ci'
  | 'phone'
  | 'identity'
  | 'merchantUserKey'
  | 'tombstone'
  | 'historyRow'
  | 'pepper';

const utf8 = new TextEncoder();

/** A pepper of fewer bytes than its hash could be guessed sooner than the hash. */
const MIN_PEPPER_BYTES = 32;

/** @param pepper at least 32 random bytes in base64url, shared by the Workers and kept as a secret. */
export async function createBlindIndex(pepper: string): Promise<BlindIndex> {
  const raw = fromBase64Url(pepper);
  if (raw.byteLength < MIN_PEPPER_BYTES) throw new RangeError('the pepper must have at least 32 bytes');
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return {
    async of(domain, value) {
      const mac = await crypto.subtle.sign('HMAC', key, utf8.encode(`${domain}\0${value.normalize('NFC')}`));
      return toBase64Url(new Uint8Array(mac));
    },
  };
}

/** A new random pepper. */
export function generatePepper(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(MIN_PEPPER_BYTES)));
}
