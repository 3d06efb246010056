import { encodeBase64 } from './base64.ts';
import { dekBytes } from './content-encryption.ts';
import type { Sealed } from './envelope.ts';
import { EnvelopeError } from './envelope-error.ts';
import { type KeyWrap, selectKeyWrap } from './key-wrap.ts';
import type { PeerKey } from './peer-key.ts';
import { defaultScheme, type EnvelopeScheme, freezeScheme } from './scheme.ts';
import { sealFields } from './seal-fields.ts';
import { encodeWrappedKey } from './wrapped-key.ts';

export interface SealerOptions {
  /** Whose private key shall open the envelopes. */
  readonly peer: PeerKey;
  /** Default: {@link defaultScheme}. */
  readonly scheme?: EnvelopeScheme;
  /** Paddings that WebCrypto lacks, from this package's subpaths. */
  readonly keyWraps?: readonly KeyWrap[];
}

export interface Sealer {
  readonly scheme: EnvelopeScheme;
  /**
   * Seals all fields of one request under one fresh key and IV, as the wire format has it. Call it again for
   * every request and every retry that changes a byte: nothing here can be reused.
   *
   * @param fields plaintexts by their wire names, e.g. `{ encryptedName: '홍길동' }`; sealed byte for byte as UTF-8
   * @throws EnvelopeError `invalid_input` for no field, a reserved name, or text with a lone surrogate
   */
  seal<K extends string>(fields: Readonly<Record<K, string>>): Promise<Sealed<K>>;
}

/**
 * Seals envelopes for one peer. There is no key and no IV to pass.
 *
 * @throws EnvelopeError `bad_key` for a peer that was not imported, `unsupported_scheme`
 * @example
 * const sealer = createSealer({ peer: await importPeerKey(rsaKey) });
 * const body = { merchantUserKey, ...(await sealer.seal({ encryptedCI: ci, encryptedName: name })) };
 */
export function createSealer(options: SealerOptions): Sealer {
  const given: Partial<SealerOptions> = options ?? {};
  const { peer } = given;
  if (!peer?.oaep) throw new EnvelopeError('bad_key', 'Expected the key of importPeerKey as peer.');
  const scheme = freezeScheme(given.scheme ?? defaultScheme);
  const keyWrap = selectKeyWrap(scheme, given.keyWraps ?? []);
  return Object.freeze({
    scheme,
    async seal<K extends string>(fields: Readonly<Record<K, string>>): Promise<Sealed<K>> {
      const random = crypto.getRandomValues(new Uint8Array(dekBytes + scheme.ivBytes));
      const dek = random.subarray(0, dekBytes);
      const iv = random.subarray(dekBytes);
      const wrappedText = encodeWrappedKey(scheme, dek, iv);
      try {
        // Wrapping takes longest, so it begins before the fields are looked at.
        const wrapping = keyWrap.wrap(peer, wrappedText);
        const [encryptedKey, sealed] = await Promise.all([wrapping, sealFields(scheme, dek, iv, fields)]);
        sealed['encryptedKey'] = encodeBase64(new Uint8Array(encryptedKey));
        sealed['iv'] = encodeBase64(iv);
        // sealFields gives one ciphertext per key of `fields`, under the same name.
        return sealed as Sealed<K>;
      } catch (error) {
        if (error instanceof EnvelopeError) throw error;
        throw new EnvelopeError('unsupported_scheme', 'This runtime cannot seal under this scheme.');
      } finally {
        random.fill(0);
        wrappedText.fill(0);
      }
    },
  });
}
