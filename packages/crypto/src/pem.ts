import { decodeBase64 } from './base64.ts';
import { EnvelopeError } from './envelope-error.ts';

const block = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}

/**
 * The DER of every block of a PEM text (RFC 7468); each must carry a label that was expected.
 *
 * @throws EnvelopeError `bad_key`
 */
export function readPem(text: string, expectedLabel: RegExp): Uint8Array<ArrayBuffer>[] {
  const blocks = [...text.matchAll(block)];
  if (blocks.length === 0 || !blocks.every(([, label = '']) => expectedLabel.test(label))) {
    throw new EnvelopeError('bad_key', 'Expected PEM of an RSA key: SPKI, PKCS#1 or PKCS#8.');
  }
  return blocks.map(([, , body = '']) => decodeKeyText(body.replaceAll(/\s/g, '')));
}

/** Canonical Base64 of a key. @throws EnvelopeError `bad_key` */
export function decodeKeyText(text: string): Uint8Array<ArrayBuffer> {
  try {
    return decodeBase64(text);
  } catch {
    throw new EnvelopeError('bad_key', 'The key is not canonical Base64.');
  }
}
