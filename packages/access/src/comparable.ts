import { canonicalJson } from './canonical-json.ts';

/** Combining characters begin here: a text of smaller code units is in NFC as it stands. */
const FIRST_COMBINING = 0x300;
/** Beyond ASCII a text in NFC may have a decomposed spelling too. */
const FIRST_DECOMPOSABLE = 0x80;

/**
 * The text by which a parameter or tag is compared: NFC, so that `10` equals `"10"` and a Korean word typed on
 * one system equals the same word typed on another. Lists and objects compare by their canonical JSON. Absent
 * and null have no text and equal nothing.
 */
function comparableText(value: unknown): string | undefined {
  if (typeof value === 'string') return toNfc(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'object' && value !== null) return toNfc(canonicalJson(value));
  return undefined;
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
