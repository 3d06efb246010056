import { integerBetween, type Random } from './random.ts';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const hexDigits = '0123456789abcdef';
const urlSafe = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A ULID: 48 bits of time and 80 of randomness in 26 Crockford Base32 characters. */
export function ulid(timeMs: number, random: Random): string {
  let time = '';
  let rest = timeMs;
  for (let place = 0; place < 10; place += 1) {
    time = crockford.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  return time + pick(random, crockford, 16);
}

/** A version 4 UUID (RFC 9562). */
export function uuid(random: Random): string {
  const variant = '89ab'.charAt(integerBetween(random, 0, 3));
  const hex = (count: number) => pick(random, hexDigits, count);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
}

/** Decimal digits, leading zeros included. */
export function digits(count: number, random: Random): string {
  return pick(random, '0123456789', count);
}

/** An opaque token of 258 bits. */
export function opaqueToken(random: Random): string {
  return pick(random, urlSafe, 43);
}

/** Invented connecting information: 64 bytes as the 88 characters of Base64 that the real one has. */
export function connectingInformation(random: Random): string {
  return btoa(String.fromCharCode(...Array.from({ length: 64 }, () => integerBetween(random, 0, 255))));
}

function pick(random: Random, alphabet: string, count: number): string {
  let text = '';
  for (let i = 0; i < count; i += 1) text += alphabet.charAt(Math.floor(random() * alphabet.length));
  return text;
}
