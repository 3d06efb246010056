import { createSealer, importPeerKey, type PeerKey } from '@facepass-kit/crypto';
import { oaepMixedKeyWrap } from '@facepass-kit/crypto/oaep-mixed';
import { pkcs1KeyWrap } from '@facepass-kit/crypto/pkcs1';
import type { Merchant } from '../world/merchant.ts';

/** Imported partner keys by their Base64: a partner has one for a long time. */
const importedKeys = new Map<string, Promise<PeerKey>>();
const rememberedKeys = 64;

/**
 * Seals fields for a partner's RSA key under the scheme in force.
 *
 * @throws EnvelopeError for a key that is none
 */
export async function sealForPartner<K extends string>(
  merchant: Merchant,
  publicKey: string,
  fields: Readonly<Record<K, string>>,
): Promise<Record<K, string> & { encryptedKey: string; iv: string }> {
  const { scheme, personality } = merchant.settings;
  const peer = await importOnce(publicKey);
  const wrap = personality.fieldWrap;
  const wrapped =
    wrap === null
      ? fields
      : // The same names with text put around their values.
        (Object.fromEntries(
          Object.entries<string>(fields).map(([name, text]) => [name, `${wrap.before}${text}${wrap.after}`]),
        ) as Record<K, string>);
  return createSealer({ peer, scheme, keyWraps: [pkcs1KeyWrap, oaepMixedKeyWrap] }).seal(wrapped);
}

function importOnce(publicKey: string): Promise<PeerKey> {
  const known = importedKeys.get(publicKey);
  if (known !== undefined) return known;
  if (importedKeys.size >= rememberedKeys) importedKeys.clear();
  const imported = importPeerKey(publicKey);
  importedKeys.set(publicKey, imported);
  imported.catch(() => importedKeys.delete(publicKey));
  return imported;
}
