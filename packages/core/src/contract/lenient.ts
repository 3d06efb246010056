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
 * What a field usually holds, and then needs no schema: rows come by the hundred thousand, and asking a schema costs
 * many times what asking for a string does.
 */
type UsualKind = 'text' | 'timestamp' | 'boolean' | 'object';

const isUsual: Readonly<Record<UsualKind, (value: unknown) => boolean>> = {
  // No schema of a row's field refuses or changes a text that is not empty.
  text: (value) => typeof value === 'string' && value !== '',
  timestamp: (value) => typeof value === 'string' && isVendorTimestamp(value),
  boolean: (value) => typeof value === 'boolean',
  object: isPlainObject,
};

/** Schemas leave out a key named `__proto__`, since it is not always just a key. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.hasOwn(value, '__proto__')
  );
}

/**
 * A row of a list, which only its `indispensable` fields can make unreadable: any other field of a kind the contract
 * does not know is left out, and its raw value kept in `unreadable`. `usually` says what each field holds as a rule.
 */
export function listRow<Indispensable extends z.ZodRawShape, Rest extends z.ZodRawShape>(
  indispensable: Indispensable,
  rest: Rest,
  usually: Readonly<Record<Extract<keyof Indispensable | keyof Rest, string>, UsualKind>>,
) {
  const schema = z.looseObject({ ...indispensable, ...rest, unreadable });
  type Row = z.output<typeof schema>;
  const optional = Object.entries<z.core.$ZodType>(rest);
  const kinds = Object.entries<UsualKind>(usually).map(
    ([name, kind]) => [name, isUsual[kind], !(name in rest)] as const,
  );

  /** The row as the schema would give it back, or nothing where the schema has to be asked. */
  const asUsual = (row: unknown): Row | undefined => {
    if (!isPlainObject(row) || 'unreadable' in row) return undefined;
    const fields = { ...row };
    for (const [name, isUsualValue, isIndispensable] of kinds) {
      const value = fields[name];
      if (value !== null && value !== undefined) {
        if (!isUsualValue(value)) return undefined;
      } else if (isIndispensable) return undefined;
      else if (value === null) fields[name] = undefined;
    }
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

  return z.transform((row: unknown, context): Row => {
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
