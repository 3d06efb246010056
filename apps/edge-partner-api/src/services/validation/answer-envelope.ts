import {
  createOpener,
  createSealer,
  EnvelopeError,
  type EnvelopeScheme,
  encodeBase64,
  type Sealed,
} from '@facepass-kit/crypto';
import type { FieldCodec } from '@facepass-kit/crypto/fields';
import { createRequestKeyResponder } from '@facepass-kit/crypto/request-key';
import { Refusal } from '../../http/refusal.ts';
import type { FacePassKey } from '../../store/session/facepass-key.ts';
import type { SealedClaim } from './claim.ts';

export type AnswerFields = Readonly<Record<string, string>>;
type Seal = (fields: AnswerFields) => Promise<Sealed<string>>;
type Codecs = Readonly<Record<string, FieldCodec>>;

export interface OpenedRequest {
  /** Null: the envelope does not open, for whatever cause. */
  readonly fields: Readonly<Record<string, string>> | null;
  /** Seals the one answer; for a request that did not open, with the same work and for nobody. */
  readonly seal: Seal;
}

/** How requests are opened and their answers sealed. */
export interface AnswerEnvelope {
  /** @throws Refusal 503 `FACEPASS_KEY_UNAVAILABLE` where an answer would be sealed under it and it cannot be had */
  open(sealed: SealedClaim, codecs: Codecs, asking: Asking): Promise<OpenedRequest>;
}

export interface Asking {
  /** Whether an answer to a request of this kind is sealed, whoever is found. */
  readonly mustSeal: boolean;
  /** Keeps the Worker alive for what may happen behind the answer. */
  readonly keepAlive: (work: Promise<unknown>) => void;
}

type OpenerOptions = Parameters<typeof createOpener>[0];

/** Answers under a fresh envelope for FacePass's own key: only FacePass can read them. */
export function sealForFacePass(
  options: OpenerOptions,
  facePassKey: FacePassKey,
  scheme: EnvelopeScheme,
): AnswerEnvelope {
  const opener = createOpener(options);
  return {
    async open(sealed, codecs, { mustSeal, keepAlive }) {
      // Before anything is opened: a key that cannot be had must not tell who would have been found.
      const peer = mustSeal ? await facePassKey.current(keepAlive).catch(unavailable) : null;
      const fields = await orNull(opener.open(sealed, codecs));
      return { fields, seal: peer === null ? sealNothing : createSealer({ peer, scheme }).seal };
    },
  };
}

/**
 * Answers under the key the request brought. Whoever may ask can read the answer, so this needs callers who are
 * bound to their connection; the environment is refused otherwise.
 */
export function sealForRequest(options: OpenerOptions): AnswerEnvelope {
  const responder = createRequestKeyResponder(options);
  return {
    async open(sealed, codecs) {
      const opened = await orNull(responder.openForAnswer(sealed, codecs));
      return opened === null
        ? { fields: null, seal: sealForNobody }
        : { fields: opened.fields, seal: opened.sealUnderRequestKey };
    },
  };
}

function unavailable(): never {
  throw new Refusal(503, 'FACEPASS_KEY_UNAVAILABLE', 'The answer cannot be sealed at the moment.');
}

async function orNull<T>(opening: Promise<T>): Promise<T | null> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof EnvelopeError) return null;
    throw error;
  }
}

const sealNothing: Seal = async () => ({ encryptedKey: '', iv: '' });

/** The work of sealing under a request's key, where no key came out of the request. */
const sealForNobody: Seal = async (fields) => {
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = Object.entries(fields).map(async ([name, text]) => {
    const bytes = new TextEncoder().encode(text);
    return [
      name,
      encodeBase64(new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes))),
    ];
  });
  return { ...Object.fromEntries(await Promise.all(sealed)), encryptedKey: '', iv: encodeBase64(iv) };
};
