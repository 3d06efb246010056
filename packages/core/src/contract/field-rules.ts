import * as z from 'zod';
import { CODE_MAX_BYTES, EMAIL_MAX_BYTES, NAME_MAX_BYTES, utf8ByteLength } from './text-limits.ts';

/**
 * What may be written to FacePass: the limits of the guide, checked before anything leaves.
 * Messages name the rule and never the value: these fields are personal data. Text is composed (NFC) first: a
 * decomposed Hangul name takes twice the bytes and is another text to whoever compares it.
 */
function textOfBytes(maxBytes: number) {
  return z
    .string()
    .normalize('NFC')
    .min(1, 'must not be empty')
    .refine((text) => utf8ByteLength(text) <= maxBytes, `must be at most ${maxBytes} bytes in UTF-8`);
}

/** A person's name: 1 to 50 bytes of UTF-8. */
export const personName = textOfBytes(NAME_MAX_BYTES);

/** An email address: 1 to 50 bytes of UTF-8. */
export const emailAddress = textOfBytes(EMAIL_MAX_BYTES);

/** A phone number: 10 or 11 digits, nothing between them. */
export const phoneNumber = z.string().regex(/^[0-9]{10,11}$/, 'must be 10 or 11 digits');

/** A birth date: 8 digits, yyyyMMdd. */
export const birthDate = z.string().regex(/^[0-9]{8}$/, 'must be 8 digits, yyyyMMdd');

/** A response code that selects a text stored at FacePass: at most 50 bytes of UTF-8. */
export const responseCode = z
  .string()
  .refine(
    (text) => utf8ByteLength(text) <= CODE_MAX_BYTES,
    `must be at most ${CODE_MAX_BYTES} bytes in UTF-8`,
  );

/** An opaque identifier we send: any text that is not empty. */
export const opaqueId = z.string().min(1, 'must not be empty');

/** Base64 as it is sent: not empty; its canonical form is checked where it is decoded. */
export const base64Text = z.string().min(1, 'must not be empty');

/** Records wanted on a page. The guide states a default of 10 and no largest value. */
export const pageSize = z.int().positive();
