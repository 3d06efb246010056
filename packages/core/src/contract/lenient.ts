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

/** A text read from an answer. A number or a boolean is read as it is written. */
export const readText = z.preprocess(
  (value) => (Number.isFinite(value) || typeof value === 'boolean' ? String(value) : value),
  z.string(),
);

/** What could not be read of a row that was kept all the same: raw values by field. May hold personal data. */
const unreadable = z.record(z.string(), z.unknown()).optional();

/**
 * A row of a list, which only its `indispensable` fields can make unreadable: any other field of a kind the contract
 * does not know is left out, and its raw value kept in `unreadable`.
 */
export function listRow<Indispensable extends z.ZodRawShape, Rest extends z.ZodRawShape>(
  indispensable: Indispensable,
  rest: Rest,
) {
  const schema = z.looseObject({ ...indispensable, ...rest, unreadable });
  const optional = Object.entries<z.core.$ZodType>(rest);
  return z.preprocess((row) => {
    if (typeof row !== 'object' || row === null) return row;
    const fields: Record<string, unknown> = { ...row };
    const misfits = optional.filter(([name, field]) => !z.safeParse(field, fields[name]).success);
    if (misfits.length === 0) return row;
    const raw = Object.fromEntries(misfits.map(([name]) => [name, fields[name]]));
    for (const [name] of misfits) delete fields[name];
    return { ...fields, unreadable: raw };
  }, schema);
}

/** A boolean saying "done": anything but `true` is read as not done. */
export const doneFlag = z.preprocess((value) => value ?? false, z.boolean());

/** A free JSON object (`params`, `tags`); keys may be Korean. */
export const jsonObject = z.record(z.string(), z.unknown());
