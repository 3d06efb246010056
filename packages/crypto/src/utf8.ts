const encoder = new TextEncoder();

/** The bytes of a text in UTF-8. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  // Always a buffer of its own; the Workers' types leave open which kind.
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}
