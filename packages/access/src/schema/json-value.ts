/** Deeper than any device sends; what is without end (an object that contains itself) is deeper too. */
export const JSON_DEPTH_MAX = 32;

/** Whether a value is what JSON can hold, so that a release has bytes and a hash. */
export function isJsonValue(value: unknown, depth = JSON_DEPTH_MAX): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth === 0) return false;
  return Object.values(value).every((part) => part === undefined || isJsonValue(part, depth - 1));
}
