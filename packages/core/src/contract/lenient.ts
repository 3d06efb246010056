import * as z from 'zod';

/**
 * Reading rules: unknown fields are kept, and `null` means the same as absent
 * wherever a field is not indispensable.
 */

/** An optional field of an answer: absent, `null` and `undefined` all read as `undefined`. */
export function maybe<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (value === null ? undefined : value), schema.optional()).optional();
}

/**
 * An identifier read from an answer: opaque text. A whole number is read as its digits, as long as
 * JSON could carry it exactly; beyond 2^53 two ids may have become one, so it is refused.
 */
export const readId = z.preprocess(
  (value) => (Number.isSafeInteger(value) ? String(value) : value),
  z.string().min(1),
);

/** A boolean saying "done": anything but `true` is read as not done. */
export const doneFlag = z.preprocess((value) => value ?? false, z.boolean());

/** A free JSON object (`params`, `tags`); keys may be Korean. */
export const jsonObject = z.record(z.string(), z.unknown());
