/**
 * Subpath `@facepass-kit/crypto/request-key`: answering a request under the key it came with. Read the warning.
 */
import { encodeBase64 } from './base64.ts';
import type { Sealed } from './envelope.ts';
import { EnvelopeError } from './envelope-error.ts';
import { createOpenContext, type OpenerOptions } from './open-envelope.ts';
import { type EnvelopeToOpen, type FieldsToOpen, openFields } from './opener.ts';
import type { EnvelopeScheme } from './scheme.ts';
import { sealFields } from './seal-fields.ts';

export interface OpenedRequest<K extends string> {
  readonly fields: Record<K, string>;
  /**
   * Seals the one answer to this request under the request's own key, with a fresh IV.
   *
   * @throws EnvelopeError `invalid_input` after the one answer, or for fields `seal` would refuse; those do not
   * count as the answer
   */
  sealUnderRequestKey<A extends string>(answer: Readonly<Record<A, string>>): Promise<Sealed<A>>;
}

export interface RequestKeyResponder {
  readonly scheme: EnvelopeScheme;
  /** Opens like {@link createOpener}'s `open`, and keeps the key for one answer. */
  openForAnswer<const K extends string>(
    envelope: EnvelopeToOpen<NoInfer<K>>,
    fields: FieldsToOpen<K>,
  ): Promise<OpenedRequest<K>>;
}

/**
 * Answers a request under the key that the request itself brought, for a vendor that expects this.
 *
 * WARNING: anyone who holds our public key can seal a request under a key of their own choosing, and would read
 * the answer. With {@link createSealer} only the holder of the vendor's private key can. Use this only where
 * the caller is bound to the connection, by mutual TLS or pinned addresses, never with a bearer token alone.
 *
 * @throws EnvelopeError `unsupported_scheme`, also for the labelled form: it binds the request's IV
 */
export function createRequestKeyResponder(options: OpenerOptions): RequestKeyResponder {
  const context = createOpenContext(options);
  const { scheme } = context;
  if (scheme.dek === 'labelled') {
    throw new EnvelopeError(
      'unsupported_scheme',
      'A labelled key names the IV of its request and cannot serve an answer.',
    );
  }
  return Object.freeze({
    scheme,
    async openForAnswer<K extends string>(envelope: EnvelopeToOpen<K>, names: FieldsToOpen<K>) {
      let dek: Uint8Array<ArrayBuffer> | undefined;
      const fields = await openFields(context, envelope, names, (kept) => {
        dek = kept;
      }).catch((error) => {
        dek?.fill(0);
        throw error;
      });
      const { encryptedKey } = envelope;
      return {
        fields,
        async sealUnderRequestKey<A extends string>(answer: Readonly<Record<A, string>>): Promise<Sealed<A>> {
          const key = dek;
          dek = undefined;
          if (key === undefined)
            throw new EnvelopeError('invalid_input', 'A request has one answer: this was the second.');
          const iv = crypto.getRandomValues(new Uint8Array(scheme.ivBytes));
          try {
            const ciphertexts = await sealFields(scheme, key, iv, answer);
            key.fill(0);
            // sealFields gives one ciphertext per key of `answer`, under the same name.
            return { ...ciphertexts, encryptedKey, iv: encodeBase64(iv) } as Sealed<A>;
          } catch (error) {
            if (error instanceof EnvelopeError) {
              // Refused before anything was sealed: the request still has no answer.
              dek = key;
              throw error;
            }
            key.fill(0);
            throw new EnvelopeError('unsupported_scheme', 'This runtime cannot seal under this scheme.');
          }
        },
      };
    },
  });
}
