import { decodeBase64, encodeBase64 } from './base64.ts';
import { dekBytes } from './content-encryption.ts';
import type { EnvelopeScheme } from './scheme.ts';
import { utf8 } from './utf8.ts';

const labels = { A256GCM: 'AES_GCM', A256CBC: 'AES_CBC' } as const;

type Bytes = Uint8Array<ArrayBuffer>;

/** What RSA wraps for this scheme: the key's bytes, or a text around them. */
export function encodeWrappedKey(scheme: EnvelopeScheme, dek: Bytes, iv: Bytes): Bytes {
  if (scheme.dek === 'raw') return dek.slice();
  const key = encodeBase64(dek);
  const text = scheme.dek === 'base64' ? key : `${labels[scheme.aes]}$${key}$${encodeBase64(iv)}`;
  return utf8(text);
}

/**
 * The key out of what RSA unwrapped, or undefined where it is anything but exactly one AES-256 key in the
 * scheme's form: a 16-byte key would silently become AES-128, a labelled text must name this mode and this IV.
 */
export function decodeWrappedKey(scheme: EnvelopeScheme, wrapped: Bytes, iv: Bytes): Bytes | undefined {
  if (scheme.dek === 'raw') return wrapped.length === dekBytes ? wrapped : undefined;
  const text = String.fromCharCode(...wrapped);
  const [label, key, ivText, ...rest] =
    scheme.dek === 'base64' ? [labels[scheme.aes], text] : text.split('$');
  if (label !== labels[scheme.aes] || key === undefined || rest.length > 0) return undefined;
  if (scheme.dek === 'labelled' && ivText !== encodeBase64(iv)) return undefined;
  try {
    const dek = decodeBase64(key);
    return dek.length === dekBytes ? dek : undefined;
  } catch {
    return undefined;
  }
}
