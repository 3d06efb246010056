/** Lengths the guide states in bytes are bytes of UTF-8. */
const encoder = new TextEncoder();

/** Bytes `text` takes in UTF-8. */
export function utf8ByteLength(text: string): number {
  return encoder.encode(text).length;
}

/** Limits of the guide, on the values before encryption and on codes (§ registration, § permissions). */
export const NAME_MAX_BYTES = 50;
export const EMAIL_MAX_BYTES = 50;
export const CODE_MAX_BYTES = 50;
