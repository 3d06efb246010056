/**
 * What wrangler.jsonc puts into the bundle in place of zod's memoizer, which lets a value that contains itself be
 * parsed: everything read here was JSON, and JSON contains nothing twice. `zod/mini` does without it too.
 */
export class $ZodCyclicError extends Error {}
export const isRecursiveSchema = () => true;
export const memoizer = () => undefined;
export const isBackEdge = () => false;
