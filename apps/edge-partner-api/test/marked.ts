import * as z from 'zod';

/** What names or identifies a person, marked so that it can be found wherever it was written. */
export const KEY = 'marked-key-000001';
export const identity = {
  name: '표식이름',
  phoneNumber: '01077770001',
  birthDate: '19770707',
  ci: 'marked-ci-000001',
};
export const MARKS = ['marked-', '표식', '01077770001', '19770707'];

/** Fields that hold something of a person, wherever they stand. */
const PERSONAL: Readonly<Record<string, string>> = {
  ...identity,
  merchantUserKey: KEY,
  email: 'marked@example.com',
};

/** Values one of which fits whatever else a schema of ours asks of a text. */
const PLAUSIBLE = [
  'floor-10',
  'a'.repeat(43),
  'a'.repeat(64),
  '11111111-1111-4111-8111-111111111111',
  '2026-11-26T00:00:00Z',
  '2026-11-26T00:00:00+09:00',
  '2026-11-26',
  '09:00',
  'Asia/Seoul',
  '1',
];

type Schema = z.core.JSONSchema.BaseSchema;

/** Which parts of a request a route takes. */
export interface Taken {
  readonly params?: z.ZodType | undefined;
  readonly query?: z.ZodType | undefined;
  readonly body?: z.ZodType | undefined;
}

/**
 * A value that a schema takes, with personal fields marked and every optional field present.
 *
 * @param choice which of several alternatives is taken, wherever there are some
 * @returns undefined where no value was found that the schema takes
 */
export function markedSample(schema: z.ZodType, choice: number): unknown {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const value = sample(json, json, '', choice);
  return schema.safeParse(value).success ? value : undefined;
}

function sample(schema: Schema | boolean, root: Schema, name: string, choice: number): unknown {
  if (typeof schema === 'boolean') return name === 'floor' ? '10' : 'x';
  if (schema.$ref !== undefined) {
    const target = root.$defs?.[schema.$ref.replace('#/$defs/', '')];
    return target === undefined ? null : sample(target, root, name, choice);
  }
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined && options.length > 0) {
    return sample(options[choice % options.length] ?? false, root, name, choice);
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[choice % schema.enum.length];
  if (schema.type === 'object') return objectOf(schema, root, choice);
  if (schema.type === 'array') {
    const items = Array.isArray(schema.items) ? schema.items[0] : schema.items;
    const inner = name === 'members' ? 'merchantUserKey' : name;
    return [sample(items ?? true, root, inner, choice)];
  }
  if (schema.type === 'boolean') return true;
  if (schema.type === 'number' || schema.type === 'integer') {
    if (name.toLowerCase().includes('until')) return Date.now() + 3_600_000;
    // The end of a range lies behind its beginning.
    return Math.max(name === 'to' ? 2 : 1, schema.minimum ?? 1);
  }
  if (schema.type === 'null') return null;
  return textOf(schema, name);
}

function objectOf(schema: Schema, root: Schema, choice: number): object {
  const known = Object.entries(schema.properties ?? {});
  if (known.length === 0) return { floor: '10' };
  return Object.fromEntries(known.map(([name, inner]) => [name, sample(inner, root, name, choice)]));
}

function textOf(schema: Schema, name: string): string {
  const personal = PERSONAL[name];
  if (personal !== undefined) return personal;
  const fits = (text: string) =>
    (schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(text)) &&
    text.length >= (schema.minLength ?? 0) &&
    text.length <= (schema.maxLength ?? Number.POSITIVE_INFINITY);
  return PLAUSIBLE.find(fits) ?? '';
}

/** The same shape with a mark for every leaf: nothing fits, and everything is wrong in a way that could be repeated. */
export function allMarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(allMarked);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, allMarked(inner)]));
  }
  return { marked: `marked-${String(value)}` };
}
