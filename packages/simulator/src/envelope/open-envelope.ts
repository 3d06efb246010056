import { decodeBase64, type EnvelopeScheme } from '@facepass-kit/crypto';
import { rsaUnwrap } from './rsa-unwrap.ts';
import type { VendorKey } from './vendor-key.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** An envelope as it arrives, all Base64. */
export interface EnvelopeText<K extends string> {
  readonly fields: Readonly<Record<K, string>>;
  readonly encryptedKey: string;
  readonly iv: string;
}

const aesKeyBytes = 32;
const labels = { A256GCM: 'AES_GCM', A256CBC: 'AES_CBC' } as const;

/**
 * Opens an envelope under exactly one scheme, as the vendor would: nothing else is tried, so a client that
 * speaks another scheme notices. This is a second reading of the wire format, written apart from the
 * `packages/crypto` opener; the two keep each other honest.
 *
 * It does not hide why it failed through timing, as an opener that faces the internet must.
 *
 * @returns the plaintexts, or undefined where any part does not open
 */
export async function openEnvelope<K extends string>(
  envelope: EnvelopeText<K>,
  scheme: EnvelopeScheme,
  keys: readonly VendorKey[],
  gcmIv: 'exact' | 'any' = 'exact',
): Promise<Record<K, string> | undefined> {
  const wrapped = bytesOf(envelope.encryptedKey);
  const iv = bytesOf(envelope.iv);
  if (wrapped === undefined || iv === undefined) return undefined;
  if (iv.length !== scheme.ivBytes && (scheme.aes === 'A256CBC' || gcmIv === 'exact')) return undefined;
  for (const key of keys) {
    const text = await rsaUnwrap(scheme.rsa, key, wrapped);
    const aesKey = text && readAesKey(text, envelope.iv, scheme);
    const opened = aesKey && (await openFields(envelope.fields, aesKey, iv, scheme));
    if (opened !== undefined) return opened;
  }
  return undefined;
}

/** What RSA wrapped: the key itself, its Base64 text, or the label text that names mode, key and IV. */
function readAesKey(wrapped: Bytes, iv: string, scheme: EnvelopeScheme): Bytes | undefined {
  const key = scheme.dek === 'raw' ? wrapped : bytesOf(keyText(wrapped, iv, scheme));
  return key?.length === aesKeyBytes ? key : undefined;
}

function keyText(wrapped: Bytes, iv: string, scheme: EnvelopeScheme): string {
  const text = new TextDecoder().decode(wrapped);
  if (scheme.dek === 'base64') return text;
  const [label, key = '', labelledIv, ...rest] = text.split('$');
  return label === labels[scheme.aes] && labelledIv === iv && rest.length === 0 ? key : '';
}

async function openFields<K extends string>(
  fields: Readonly<Record<K, string>>,
  aesKey: Bytes,
  iv: Bytes,
  scheme: EnvelopeScheme,
): Promise<Record<K, string> | undefined> {
  const aad = scheme.aad === 'dek' ? { additionalData: aesKey } : {};
  const algorithm =
    scheme.aes === 'A256GCM' ? { name: 'AES-GCM', iv, tagLength: 128, ...aad } : { name: 'AES-CBC', iv };
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    const key = await crypto.subtle.importKey('raw', aesKey, algorithm.name, false, ['decrypt']);
    const opened = Object.entries<string>(fields).map(async ([name, text]) => {
      const plaintext = await crypto.subtle.decrypt(algorithm, key, decodeBase64(text));
      return [name, decoder.decode(plaintext)] as const;
    });
    // Object.fromEntries widens the names to string; they are exactly those of `fields`.
    return Object.fromEntries(await Promise.all(opened)) as Record<K, string>;
  } catch {
    return undefined;
  }
}

function bytesOf(base64: string): Bytes | undefined {
  try {
    return decodeBase64(base64);
  } catch {
    return undefined;
  }
}
