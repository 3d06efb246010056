import * as z from 'zod';
import { isVendorTimestamp } from './timestamp.ts';

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
 * A row's fields before they are read. What a field usually holds needs no schema: rows come by the hundred thousand, and
 * asking a schema costs many times what asking for a string does.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** No schema of a row's field refuses or changes a text that is not empty. */
export function isUsualText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

export function isUsualTimestamp(value: unknown): boolean {
  return typeof value === 'string' && isVendorTimestamp(value);
}

/** Schemas leave out a key named `__proto__`, since it is not always just a key. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.hasOwn(value, '__proto__')
  );
}

export function isNone(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

export interface RowReading<Indispensable extends z.ZodRawShape, Rest extends z.ZodRawShape> {
  readonly indispensable: Indispensable;
  /** A field of a kind the contract does not know is left out, and its raw value kept in `unreadable`. */
  readonly rest: Rest;
  /** Whether every field named here is one that its schema would let through as it is, or is none of `rest`. */
  readonly isUsual: (row: Fields) => boolean;
  /** Brings a row whose fields may have other names to the ones given here. */
  readonly respelt?: (row: unknown) => unknown;
}

/** A row of a list, which only its `indispensable` fields can make unreadable. */
export function listRow<Indispensable extends z.ZodRawShape, Rest extends z.ZodRawShape>({
  indispensable,
  rest,
  isUsual,
  respelt = (row) => row,
}: RowReading<Indispensable, Rest>) {
  const schema = z.looseObject({ ...indispensable, ...rest, unreadable });
  type Row = z.output<typeof schema>;
  const optional = Object.entries<z.core.$ZodType>(rest);

  /** The row as the schema would give it back, or nothing where the schema has to be asked. */
  const asUsual = (row: unknown): Row | undefined => {
    if (!isPlainObject(row) || 'unreadable' in row || !isUsual(row)) return undefined;
    const fields: Record<string, unknown> = { ...row };
    for (const name in row) if (row[name] === null && name in rest) fields[name] = undefined;
    // Every field was found to be what its schema lets through unchanged.
    return fields as Row;
  };

  const withoutMisfits = (row: unknown): unknown => {
    if (typeof row !== 'object' || row === null) return row;
    const fields: Record<string, unknown> = { ...row };
    const misfits = optional.filter(([name, field]) => !z.safeParse(field, fields[name]).success);
    if (misfits.length === 0) return row;
    const raw = Object.fromEntries(misfits.map(([name]) => [name, fields[name]]));
    for (const [name] of misfits) delete fields[name];
    return { ...fields, unreadable: raw };
  };

  return z.transform((given: unknown, context): Row => {
    // Not a schema before this one: each costs every row of a page.
    const row = respelt(given);
    const usual = asUsual(row);
    if (usual !== undefined) return usual;
    const parsed = schema.safeParse(withoutMisfits(row));
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) context.addIssue({ ...issue });
    return z.NEVER;
  });
}

/** A boolean saying "done": anything but `true` is read as not done. */
export const doneFlag = z.preprocess((value) => value ?? false, z.boolean());

/** A free JSON object (`params`, `tags`); keys may be Korean. */
export const jsonObject = z.record(z.string(), z.unknown());
