import { canonicalJson } from './canonical-json.ts';

/**
 * The text by which a parameter or tag is compared: NFC, so that `10` equals `"10"` and a Korean word typed on
 * one system equals the same word typed on another. Lists and objects compare by their canonical JSON. Absent
 * and null have no text and equal nothing.
 */
export function comparableText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.normalize('NFC');
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'object' && value !== null) return canonicalJson(value).normalize('NFC');
  return undefined;
}

/** Parameters of a question by NFC name, as texts. */
export function comparableParams(params: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const key of Object.keys(params)) {
    const text = comparableText(params[key]);
    if (text !== undefined) texts.set(key.normalize('NFC'), text);
  }
  return texts;
}
