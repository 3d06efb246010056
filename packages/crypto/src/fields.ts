/**
 * Subpath `@facepass-kit/crypto/fields`: what the guide allows in each encrypted field.
 */
import { EnvelopeError } from './envelope-error.ts';
import { utf8 } from './utf8.ts';

/**
 * What a field may hold. The formats exclude one another, so a sender who swaps two ciphertexts (which still
 * decrypt, sharing one key and IV) is refused.
 */
export interface FieldCodec {
  /** Checks and normalizes a value before it is sealed. @throws EnvelopeError `invalid_input`, without the value */
  encode(value: string): string;
  /** Checks and normalizes an opened text. @throws EnvelopeError `invalid_input`, without the value */
  decode(text: string): string;
}

/** Bytes of UTF-8 that the guide allows a name and an email before encryption. */
const maxTextBytes = 50;

/**
 * The guide's encrypted fields by their wire names. Each value is Unicode NFC on both sides: phones and macOS
 * type Hangul decomposed, which takes three times the bytes and never equals the composed spelling.
 *
 * @example
 * const { encryptedCI, encryptedName } = fieldCodecs;
 * const envelope = await sealer.seal({ encryptedName: encryptedName.encode(name) });
 * const opened = await opener.open(body, { encryptedCI });
 */
export const fieldCodecs = Object.freeze({
  /** Connecting information: 88 characters, the canonical Base64 of 64 bytes. Of the last digit two bits count. */
  encryptedCI: codec('CI: canonical Base64 of 64 bytes, 88 characters', (text) =>
    /^[A-Za-z0-9+/]{85}[AQgw]==$/.test(text),
  ),
  /** A person's name: a letter somewhere, no @, no control character. */
  encryptedName: codec(
    `name: 1 to ${maxTextBytes} bytes of UTF-8, at least one letter, no @ and no control characters`,
    (text) => fitsBytes(text) && /\p{L}/u.test(text) && !/[@\p{Cc}]/u.test(text),
  ),
  encryptedPhoneNumber: codec('phone number: 10 or 11 digits and nothing else', (text) =>
    /^\d{10,11}$/.test(text),
  ),
  encryptedEmail: codec(
    `email: at most ${maxTextBytes} bytes, one @ with something on either side, no white space`,
    (text) => fitsBytes(text) && /^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(text),
  ),
  encryptedBirthDate: codec('birth date: 8 digits that are a date, yyyyMMdd', isDate),
} satisfies Record<string, FieldCodec>);

function codec(expected: string, isValid: (text: string) => boolean): FieldCodec {
  const check = (value: string): string => {
    const text = typeof value === 'string' ? value.normalize('NFC') : undefined;
    if (text !== undefined && isValid(text)) return text;
    throw new EnvelopeError('invalid_input', `Not a ${expected}.`);
  };
  return Object.freeze({ encode: check, decode: check });
}

function fitsBytes(text: string): boolean {
  return utf8(text).length <= maxTextBytes;
}

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/**
 * Also accepts a value inside a JSON object of one member, or such objects nested, as the guide's sample
 * ciphertexts hold it (`{"…":{"…":"홍길동"}}`). Nothing else suggests that FacePass really seals values this way;
 * `encode` does not wrap.
 */
export function jsonWrapped(inner: FieldCodec): FieldCodec {
  return Object.freeze({ encode: inner.encode, decode: (text: string) => inner.decode(unwrapJson(text)) });
}

function unwrapJson(text: string): string {
  try {
    let value: unknown = JSON.parse(text);
    while (typeof value === 'object' && value !== null && Object.keys(value).length === 1) {
      [value] = Object.values(value);
    }
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}
