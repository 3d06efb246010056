import { encodeBase64 } from './base64.ts';
import { createContentCipher, dekBytes } from './content-encryption.ts';
import { checkFieldNames, type Sealed } from './envelope.ts';
import { EnvelopeError } from './envelope-error.ts';
import { type KeyWrap, selectKeyWrap } from './key-wrap.ts';
import type { PeerKey } from './peer-key.ts';
import { assertEnvelopeScheme, defaultScheme, type EnvelopeScheme } from './scheme.ts';
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
 * @throws EnvelopeError `unsupported_scheme`
 * @example
 * const sealer = createSealer({ peer: await importPeerKey(rsaKey) });
 * const body = { merchantUserKey, ...(await sealer.seal({ encryptedCI: ci, encryptedName: name })) };
 */
export function createSealer({ peer, scheme = defaultScheme, keyWraps = [] }: SealerOptions): Sealer {
  assertEnvelopeScheme(scheme);
  const keyWrap = selectKeyWrap(scheme, keyWraps);
  return Object.freeze({
    scheme,
    async seal<K extends string>(fields: Readonly<Record<K, string>>): Promise<Sealed<K>> {
      const plaintexts = encodeFields(fields);
      const dek = crypto.getRandomValues(new Uint8Array(dekBytes));
      const iv = crypto.getRandomValues(new Uint8Array(scheme.ivBytes));
      const wrappedText = encodeWrappedKey(scheme, dek, iv);
      try {
        const [encryptedKey, sealed] = await Promise.all([
          keyWrap.wrap(peer, wrappedText),
          sealFields(scheme, dek, iv, plaintexts),
        ]);
        const envelope = { ...sealed, encryptedKey: encodeBase64(encryptedKey), iv: encodeBase64(iv) };
        // Object.fromEntries widens the names to string; they are exactly the keys of `fields`.
        return envelope as Sealed<K>;
      } catch {
        throw new EnvelopeError(
          'unsupported_scheme',
          'This runtime cannot seal with the scheme or key given.',
        );
      } finally {
        dek.fill(0);
        wrappedText.fill(0);
      }
    },
  });
}

type Plaintexts = readonly (readonly [name: string, plaintext: Uint8Array<ArrayBuffer>])[];

function encodeFields(fields: Readonly<Record<string, unknown>>): Plaintexts {
  checkFieldNames(Object.keys(fields));
  const encoder = new TextEncoder();
  return Object.entries(fields).map(([name, value]) => {
    // TextEncoder would replace a lone surrogate without a word, and the peer would store another name.
    if (typeof value !== 'string' || /\p{Surrogate}/u.test(value)) {
      throw new EnvelopeError('invalid_input', `The field "${name}" is not well-formed text.`);
    }
    return [name, encoder.encode(value)];
  });
}

async function sealFields(
  scheme: EnvelopeScheme,
  dek: Uint8Array<ArrayBuffer>,
  iv: Uint8Array<ArrayBuffer>,
  plaintexts: Plaintexts,
): Promise<Record<string, string>> {
  const cipher = await createContentCipher(scheme, dek, iv, 'encrypt');
  const entries = plaintexts.map(
    async ([name, plaintext]) => [name, encodeBase64(await cipher.encrypt(plaintext))] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
