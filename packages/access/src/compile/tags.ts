import type { Rule } from '../model.ts';

/** A tag that rules ask for, with a number for each of its values that some rule names. */
export interface CompiledTag {
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
  /** The value of the subject asked about last. */
  readonly last: { subject: number; value: number };
}

/** A condition on a tag: numbers are compared faster than texts, and looked up once for all rules. */
export interface TagCondition {
  readonly tag: CompiledTag;
  /** Numbers of the values that fulfil it, ascending. */
  readonly values: readonly number[];
}

/** What a member has who has no value any rule names. */
export const NO_VALUE = -1;

/** Compiles the tag conditions of rules, numbering values as they come. */
export function tagCompiler(): (tags: Rule['who']['tags']) => readonly TagCondition[] {
  const known = new Map<string, CompiledTag & { readonly numbers: Map<string, number> }>();
  return (tags = {}) =>
    Object.entries(tags).map(([name, values]) => {
      const tag = known.get(name) ?? { name, numbers: new Map(), last: { subject: 0, value: NO_VALUE } };
      known.set(name, tag);
      const numbers = new Set(
        values.map((value) => {
          const number = tag.numbers.get(value) ?? tag.numbers.size;
          tag.numbers.set(value, number);
          return number;
        }),
      );
      return { tag, values: [...numbers].sort((a, b) => a - b) };
    });
}

/** Whether a value is among those of a condition. */
export function isFulfilledBy({ values }: TagCondition, value: number): boolean {
  let low = 0;
  let high = values.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const candidate = values[middle] ?? NO_VALUE;
    if (candidate === value) return true;
    if (candidate < value) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
