import { createSealer, type KeyWrap, type PeerKey, type Sealed } from '@facepass-kit/crypto';
import { FacePassApiError, FacePassHttpError } from '../errors.ts';
import type { ClientCore } from './client-core.ts';
import { fetchPeerKey } from './peer-key-cache.ts';
import type { CallOptions } from './settings.ts';
import type { PartOptions } from './transport.ts';

/** How fields are sealed, and how FacePass says that it could not open them. */
export interface SealingOptions {
  readonly keyWraps: readonly KeyWrap[];
  readonly decryptionErrorCodes: readonly string[];
}

/** The guide names no code for it; these words would be in any that is meant to be understood. */
const decryptionWords = /DECRYPT|ENCRYPT|CIPHER|RSA|AES/i;

/**
 * Seals fields under FacePass's public key and sends them. When FacePass says that it cannot open them, its key may
 * have been replaced: the key is fetched once more, and if it is another one, everything is sealed anew and sent
 * again. That repeats no write: the first one was refused.
 */
export async function sendSealed<K extends string, T>(
  core: ClientCore,
  fields: Readonly<Record<K, string>>,
  options: CallOptions | undefined,
  send: (sealed: Sealed<K>, part: PartOptions) => Promise<T>,
  wasUnreadable: (result: T) => boolean = () => false,
): Promise<T> {
  const part = core.transport.begin(options);
  const sealAndSend = async (peer: PeerKey) => {
    const { scheme, sealing } = core;
    return send(await createSealer({ peer, scheme, keyWraps: sealing.keyWraps }).seal(fields), part);
  };
  const kept = core.peerKey.current();
  if (kept === undefined) return sealAndSend(await fetchPeerKey(core.transport, core.peerKey, part));

  const outcome = await sealAndSend(kept).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  const unreadable =
    'error' in outcome ? saysUnreadable(outcome.error, core.sealing) : wasUnreadable(outcome.result);
  if (unreadable) {
    const renewed = await fetchPeerKey(core.transport, core.peerKey, part);
    if (renewed.kid !== kept.kid) return sealAndSend(renewed);
  }
  if ('error' in outcome) throw outcome.error;
  return outcome.result;
}

function saysUnreadable(error: unknown, { decryptionErrorCodes }: SealingOptions): boolean {
  // An envelope that does not open may as well count as an integration fault: then it is a 400 with any code.
  if (error instanceof FacePassHttpError) return error.status === 400;
  if (!(error instanceof FacePassApiError)) return false;
  return decryptionErrorCodes.includes(error.errorCode) || decryptionWords.test(error.errorCode);
}
