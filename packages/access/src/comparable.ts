import { canonicalJson } from './canonical-json.ts';

/** Combining characters begin here: a text of smaller code units is in NFC as it stands. */
const FIRST_COMBINING = 0x300;
/** Beyond ASCII a text in NFC may have a decomposed spelling too. */
const FIRST_DECOMPOSABLE = 0x80;

/**
 * The text by which a parameter or tag is compared: NFC, so that `10` equals `"10"` and a Korean word typed on
 * one system equals the same word typed on another. Lists and objects compare by their canonical JSON. Absent
 * and null have no text and equal nothing, and neither does what has no one text: a number beyond those that are
 * read exactly, a list that holds one, or one nested so deeply that nobody can have meant it.
 */
function comparableText(value: unknown): string | undefined {
  if (typeof value === 'string') return toNfc(value);
  if (typeof value === 'number') return isExact(value) ? String(value) : undefined;
  return value !== null && isComparable(value, DEPTH_MAX) ? toNfc(canonicalJson(value)) : undefined;
}

/** As deep as the parameters of a release's tests may be nested. */
const DEPTH_MAX = 32;

/** Beyond these a number is another one by the time it is read: two devices would be one. */
function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

/** Whether a value has canonical JSON: what a device sends is looked at here, and thrown over nowhere. */
function isComparable(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return isExact(value);
  if (typeof value !== 'object' || depth === 0) return false;
  const isList = Array.isArray(value);
  return Object.values(value).every((part) => (part === undefined ? !isList : isComparable(part, depth - 1)));
}

/** The comparable text of a parameter, whose name may be written decomposed. */
export function comparableParam(params: Readonly<Record<string, unknown>>, name: string): string | undefined {
  if (Object.hasOwn(params, name)) return comparableText(params[name]);
  if (isBelow(FIRST_DECOMPOSABLE, name)) return undefined;
  const written = Object.keys(params).find((key) => key.normalize('NFC') === name);
  return written === undefined ? undefined : comparableText(params[written]);
}

/** A text in NFC. Cheap where it already is, as nearly every key and id. */
export function toNfc(text: string): string {
  return isBelow(FIRST_COMBINING, text) ? text : text.normalize('NFC');
}

function isBelow(limit: number, text: string): boolean {
  for (let position = 0; position < text.length; position += 1) {
    if (text.charCodeAt(position) >= limit) return false;
  }
  return true;
}
