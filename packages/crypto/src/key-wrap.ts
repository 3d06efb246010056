import { EnvelopeError } from './envelope-error.ts';
import type { PeerKey } from './peer-key.ts';
import type { OaepHash } from './rsa-key.ts';
import type { EnvelopeScheme, RsaPadding } from './scheme.ts';

/** Wraps a short text for a peer with one RSA padding. */
export interface KeyWrap {
  readonly rsa: RsaPadding;
  wrap(peer: PeerKey, text: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
}

/** The hash behind a padding that WebCrypto has, undefined for those it lacks. */
export function oaepHashOf(rsa: RsaPadding): OaepHash | undefined {
  return rsa === 'OAEP-SHA1' ? 'SHA-1' : rsa === 'OAEP-SHA256' ? 'SHA-256' : undefined;
}

/** @throws EnvelopeError `unsupported_scheme` where WebCrypto lacks the padding and none given fills in */
export function selectKeyWrap(scheme: EnvelopeScheme, extra: readonly KeyWrap[]): KeyWrap {
  const hash = oaepHashOf(scheme.rsa);
  if (hash !== undefined) return oaepKeyWrap(scheme.rsa, hash);
  const found = extra.find(({ rsa }) => rsa === scheme.rsa);
  if (found !== undefined) return found;
  throw new EnvelopeError(
    'unsupported_scheme',
    `${scheme.rsa} needs its key wrap in \`keyWraps\`: WebCrypto lacks it.`,
  );
}

function oaepKeyWrap(rsa: RsaPadding, hash: OaepHash): KeyWrap {
  return {
    rsa,
    wrap: (peer, text) => crypto.subtle.encrypt({ name: 'RSA-OAEP' }, peer.oaep[hash], text),
  };
}
