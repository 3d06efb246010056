import { EnvelopeError } from './envelope-error.ts';

/** The ES2026 methods, which Node 22 and 24 lack: used where the runtime has them. */
interface NativeDecoder {
  fromBase64?: (text: string, options: { lastChunkHandling: 'strict' }) => Uint8Array<ArrayBuffer>;
}
interface NativeEncoder {
  toBase64?: () => string;
}

// The lib this package compiles against does not know the methods yet; their absence is handled below.
const { fromBase64 } = Uint8Array as NativeDecoder;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The value of each ASCII character, `invalid` for those outside the alphabet. */
const invalid = 0xff;
const values = new Uint8Array(128).fill(invalid);
for (let value = 0; value < alphabet.length; value += 1) values[alphabet.charCodeAt(value)] = value;

/** `String.fromCharCode` takes its bytes as arguments; engines cap their number at about 65,000. */
const charCodesPerCall = 32_768;

/** Bytes as standard Base64 with padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array & NativeEncoder): string {
  if (bytes.toBase64 !== undefined) return bytes.toBase64();
  let binary = '';
  for (let start = 0; start < bytes.length; start += charCodesPerCall) {
    // Spreading the bytes instead is nine times slower in V8.
    binary += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(start, start + charCodesPerCall));
  }
  return btoa(binary);
}

/**
 * Decodes standard Base64 and accepts the one canonical spelling only: padding present, no white space,
 * no URL alphabet, unused trailing bits zero (RFC 4648 §3.5). Every byte string has exactly one text, so
 * a text can be compared, deduplicated or signed.
 *
 * @throws EnvelopeError `invalid_input`
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64 === undefined ? decodeByTable(text) : decodeNatively(fromBase64, text);
  if (bytes !== undefined) return bytes;
  throw new EnvelopeError(
    'invalid_input',
    'Expected canonical Base64: standard alphabet, padded, no white space.',
  );
}

function decodeNatively(
  decode: NonNullable<NativeDecoder['fromBase64']>,
  text: string,
): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = decode(text, { lastChunkHandling: 'strict' });
    // Strict about padding and trailing bits, the method still skips white space: then the text is too long.
    return text.length === Math.ceil(bytes.length / 3) * 4 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Not `atob`: it forgives white space, missing padding and stray bits, and re-encoding to find out costs more. */
function decodeByTable(text: string): Uint8Array<ArrayBuffer> | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  if (text.length % 4 !== 0) return undefined;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let offset = 0;
  let buffer = 0;
  let bits = 0;
  for (let index = 0; index < digits; index += 1) {
    const value = values[text.charCodeAt(index)] ?? invalid;
    if (value === invalid) return undefined;
    buffer = ((buffer << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[offset] = buffer >> bits;
    offset += 1;
  }
  const strayBits = buffer & ((1 << bits) - 1);
  return strayBits === 0 ? bytes : undefined;
}

/** Bytes as unpadded base64url (RFC 4648 §5), the spelling of JWK members and key ids. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * The reverse of {@link encodeBase64Url}, as strict as {@link decodeBase64}.
 *
 * @throws EnvelopeError `invalid_input`
 */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  const bytes = decodeBase64(standard + '='.repeat((4 - (text.length % 4)) % 4));
  if (encodeBase64Url(bytes) !== text)
    throw new EnvelopeError('invalid_input', 'Expected unpadded base64url.');
  return bytes;
}
