import * as z from 'zod';
import { byteLength } from '../world/byte-length.ts';
import { parseSeoulTime } from '../world/seoul-time.ts';

/** The guide's limits before encryption, in bytes of UTF-8. */
export const nameBytes = 50;
export const emailBytes = 50;

export const requiredText = z.string().min(1);

/** Null and absent are the same for an optional field. */
export const optionalText = z.string().min(1).nullish();

export const optionalPhoneNumber = z
  .string()
  .regex(/^\d{10,11}$/, 'expected 10 to 11 digits')
  .nullish();

export function optionalTextOfBytes(maxBytes: number) {
  return z
    .string()
    .min(1)
    .refine((text) => byteLength(text) <= maxBytes, `expected at most ${maxBytes} bytes`)
    .nullish();
}

/** A bound of a history query, as an instant. */
export const instant = z.string().transform((text, context) => {
  const atMs = parseSeoulTime(text);
  if (atMs !== undefined) return atMs;
  context.addIssue({ code: 'custom', message: 'expected yyyy-MM-ddTHH:mm:ss without an offset' });
  return z.NEVER;
});

/** A page size as a JSON number. */
export const pageSize = z.int().min(1).nullish();

/** A page size as it stands in a query string. */
export const pageSizeText = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'expected a positive whole number')
  .transform(Number)
  .nullish();

export const tags = z.record(z.string(), z.unknown()).nullish();

/** A day that exists, as yyyyMMdd. */
export function isBirthDate(text: string): boolean {
  const parts = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  return parts !== null && parseSeoulTime(`${parts.slice(1).join('-')}T00:00:00`) !== undefined;
}
