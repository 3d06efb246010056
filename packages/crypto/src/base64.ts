import { EnvelopeError } from './envelope-error.ts';

/** The ES2026 methods, absent from Node 22 and 24: used where the runtime has them. */
interface NativeBase64 {
  fromBase64?: (text: string) => Uint8Array<ArrayBuffer>;
}

// The lib this package compiles against does not know the method yet; its absence is handled below.
const nativeFromBase64 = (Uint8Array as NativeBase64).fromBase64;

/** `String.fromCharCode` takes its bytes as arguments; engines cap their number at about 65,000. */
const charCodesPerCall = 32_768;

/** Bytes as standard Base64 with padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += charCodesPerCall) {
    binary += String.fromCharCode(...bytes.subarray(start, start + charCodesPerCall));
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
  const bytes = decodeLeniently(text);
  // Every decoder forgives something (white space, missing padding, stray bits): re-encoding forgives nothing.
  if (bytes === undefined || encodeBase64(bytes) !== text) {
    throw new EnvelopeError(
      'invalid_input',
      'Expected canonical Base64: standard alphabet, padded, no white space.',
    );
  }
  return bytes;
}

function decodeLeniently(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return nativeFromBase64 === undefined ? fromAtob(text) : nativeFromBase64(text);
  } catch {
    return undefined;
  }
}

function fromAtob(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
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
