import type * as z from 'zod';

type Schema = z.core.JSONSchema.BaseSchema;

/** What nobody thought of. */
const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  '가'.repeat(300),
  '-1',
  '1e400',
  '__proto__',
  'null',
  '%',
  'a/b',
  '\ufeff',
];
const ODD_VALUES: readonly unknown[] = [
  ...ODD_TEXTS,
  ...[null, true, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, [], [[]], {}, '\ud800'],
  JSON.parse('{"__proto__": {"a": 1}}'),
];

export interface JsonGenerator {
  /** Mostly what a schema takes; `name` is the field it is for. */
  fitting(schema: Schema | boolean, name?: string): unknown;
  /** The same with one thing wrong with it. */
  spoiled(value: unknown): unknown;
  oneOf<T>(choices: readonly T[]): T;
  oddText(): string;
}

/** @param known values by the name of the field, which something here answers to */
export function createJsonGenerator(
  roll: (sides: number) => number,
  known: Readonly<Record<string, readonly unknown[]>>,
): JsonGenerator {
  const oneOf = <T>(choices: readonly T[]): T => {
    const choice = choices[roll(choices.length)];
    // The list has it, whatever it is.
    return choice as T;
  };

  const objectOf = ({ properties = {}, required = [] }: Schema): object =>
    Object.fromEntries(
      Object.entries(properties).flatMap(([name, schema]) =>
        required.includes(name) || roll(3) === 0 ? [[name, fitting(schema, name)]] : [],
      ),
    );

  const fitting = (schema: Schema | boolean, name = ''): unknown => {
    const samples = known[name];
    if (samples !== undefined && roll(4) > 0) return oneOf(samples);
    if (typeof schema === 'boolean') return oneOf(ODD_VALUES);
    if (schema.const !== undefined) return schema.const;
    const choices = schema.enum ?? schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) {
      const choice = oneOf<unknown>(choices);
      // The last two are lists of schemas.
      return schema.enum === undefined ? fitting(choice as Schema) : choice;
    }
    if (schema.type === 'object') return objectOf(schema);
    if (schema.type === 'array') {
      const items = Array.isArray(schema.items) ? true : (schema.items ?? true);
      return Array.from({ length: (schema.minItems ?? 0) + roll(3) }, () => fitting(items, name));
    }
    if (schema.type === 'integer' || schema.type === 'number') return oneOf([1, schema.minimum ?? 0, 100]);
    if (schema.type === 'boolean') return roll(2) === 0;
    return schema.type === 'null' ? null : oneOf(['x', '000001', '01012345678', ...ODD_TEXTS]);
  };

  const spoiled = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || roll(6) === 0) return oneOf(ODD_VALUES);
    if (Array.isArray(value)) return [...value.slice(1), spoiled(value[0])];
    const names = Object.keys(value);
    if (names.length === 0 || roll(6) === 0) return { ...value, [oneOf(ODD_TEXTS)]: oneOf(ODD_VALUES) };
    const name = oneOf(names);
    const { [name]: part, ...rest }: Record<string, unknown> = { ...value };
    return roll(4) === 0 ? rest : { ...rest, [name]: spoiled(part) };
  };

  return { fitting, spoiled, oneOf, oddText: () => oneOf(ODD_TEXTS) };
}
