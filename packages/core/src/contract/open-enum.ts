import * as z from 'zod';

/** Known literals complete in an editor; any other text is accepted, since FacePass may add values. */
export type Open<Known extends string> = Known | (string & {});

/** A schema that accepts every text and is typed by the literals known today. */
export function openEnum<const Known extends string>(_known: readonly Known[]) {
  return z.custom<Open<Known>>((value) => typeof value === 'string', 'expected a string');
}

/** Whether `value` is one of `known`; narrows, so that a switch can be exhaustive after it. */
export function isOneOf<const Known extends string>(
  known: readonly Known[],
  value: string | null | undefined,
): value is Known {
  return known.some((literal) => literal === value);
}
