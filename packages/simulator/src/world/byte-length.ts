const encoder = new TextEncoder();

/** How many bytes a text has as UTF-8, the count of the guide's limits. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}
