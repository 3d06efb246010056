/**
 * Computes a value once and keeps it for the life of the isolate. Only the finished value is kept, never the
 * promise: on Workers a promise belongs to the request that made it, and another request waiting for it may
 * wait for ever. Two first callers at once compute it twice; a failure is tried anew.
 */
export function kept<T extends object>(compute: () => Promise<T>): () => Promise<T> {
  let value: T | undefined;
  return async () => {
    value ??= await compute();
    return value;
  };
}

/** The same for a while: a value older than `maxAgeMs` is computed anew. */
export function keptFor<T extends object>(
  maxAgeMs: number,
  compute: () => Promise<T>,
  now: () => number = () => Date.now(),
): () => Promise<T> {
  let held: { readonly value: T; readonly atMs: number } | undefined;
  return async () => {
    if (held !== undefined && now() - held.atMs < maxAgeMs) return held.value;
    const value = await compute();
    held = { value, atMs: now() };
    return value;
  };
}
