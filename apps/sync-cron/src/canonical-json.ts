/**
 * JSON with sorted keys and no blanks, so that equal values are equal texts and an unchanged row is not
 * written again because the vendor listed its fields in another order.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(isSorted(value) ? value : sorted(value));
}

/** Most objects come with their keys in order: nothing need be copied. */
function isSorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isSorted);
  let last = '';
  // Pairs of name and value would be made for every row, to be thrown away.
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(fields)) {
    if (key < last || !isSorted(fields[key])) return false;
    last = key;
  }
  return true;
}

/** A replacer would do the same at several times the cost, and this runs for every row. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length > 1) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
