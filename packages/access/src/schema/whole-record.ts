import * as z from 'zod';

/**
 * A record from which nothing is lost. zod leaves a member called `__proto__` out without a word, and of two names
 * that are one text after NFC it keeps the last: of a condition that is gone, a rule would permit too much.
 */
export function wholeRecord<Names extends z.ZodRecord>(record: Names) {
  return z.preprocess((input: z.input<Names>, context) => {
    for (const { name, message } of namesLostFrom(input)) {
      context.issues.push({ code: 'custom', message, input, path: [name] });
    }
    return input;
  }, record);
}

/** Nobody names a parameter so, except to see what happens: the name of an object's prototype, not of a member. */
const RESERVED_NAME = '__proto__';

function namesLostFrom(input: unknown): { name: string; message: string }[] {
  // What is no record is told by the schema that comes next.
  if (typeof input !== 'object' || input === null) return [];
  const taken = new Map<string, string>();
  return Object.keys(input).flatMap((name) => {
    const normalized = name.normalize('NFC');
    if (normalized === RESERVED_NAME) return [{ name, message: 'is a reserved name: choose another' }];
    if (taken.has(normalized)) {
      return [{ name, message: 'is named twice, in two Unicode forms of the same text: keep one of them' }];
    }
    taken.set(normalized, name);
    return [];
  });
}
