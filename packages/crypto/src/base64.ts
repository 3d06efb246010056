import { EnvelopeError } from './envelope-error.ts';

/** The ES2026 methods, which Node 22 and 24 lack: used where the runtime has them. */
interface NativeDecoder {
  fromBase64?: (text: string) => Uint8Array<ArrayBuffer>;
}
interface NativeEncoder {
  toBase64?: () => string;
}

// The lib this package compiles against does not know the method yet; its absence is handled below.
const { fromBase64 } = Uint8Array as NativeDecoder;

/** `String.fromCharCode` takes its bytes as arguments; engines cap their number at about 65,000. */
const charCodesPerCall = 32_768;

/** Bytes as standard Base64 with padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array & NativeEncoder): string {
  if (bytes.toBase64) return bytes.toBase64();
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
  const bytes = typeof text === 'string' ? decodeLeniently(text) : undefined;
  if (bytes !== undefined && isCanonical(text, bytes)) return bytes;
  throw new EnvelopeError('invalid_input', 'Expected canonical Base64.');
}

/** What decoders forgive: white space, and bits set in the last digit before the padding that say nothing. */
const forgiven = /\s|[^AEIMQUYcgkosw048=]=$|[^AQgw]==$/;

/** Whether `text` is how `bytes` are spelled, given that a decoder took it. Missing padding shows in the length. */
function isCanonical(text: string, bytes: Uint8Array): boolean {
  return text.length === Math.ceil(bytes.length / 3) * 4 && !forgiven.test(text);
}

function decodeLeniently(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    if (fromBase64) return fromBase64(text);
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
    return bytes;
  } catch {
    return undefined;
  }
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
  // What belongs to the other alphabet is no digit here.
  const standard = text.replaceAll(/[+/=]/g, '!').replaceAll('-', '+').replaceAll('_', '/');
  return decodeBase64(standard + '='.repeat(-text.length & 3));
}
