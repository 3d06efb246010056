/**
 * Subpath `@facepass-kit/crypto/oaep-mixed`: wrapping keys with RSA-OAEP whose hash is SHA-256 while MGF1 stays
 * at SHA-1, which is what Java's `RSA/ECB/OAEPWithSHA-256AndMGF1Padding` means unless told otherwise, and what
 * neither WebCrypto nor `node:crypto` can do.
 */
import type { KeyWrap } from './key-wrap.ts';
import { encodeOaepBlock, hashBytes } from './oaep-mixed-block.ts';
import { rsaPublicOperation } from './rsa-public-operation.ts';

/**
 * RSAES-OAEP encryption (RFC 8017 §7.1.1) with SHA-256, MGF1-SHA-1 and an empty label, in every runtime.
 *
 * @example
 * const sealer = createSealer({ peer, scheme: schemePresets['java-oaep-sha256'], keyWraps: [oaepMixedKeyWrap] });
 */
export const oaepMixedKeyWrap: KeyWrap = Object.freeze({
  rsa: 'OAEP-SHA256-MGF1-SHA1',
  async wrap(peer, text) {
    const seed = crypto.getRandomValues(new Uint8Array(hashBytes));
    const block = await encodeOaepBlock(text, peer.modulusBits / 8, seed);
    try {
      return rsaPublicOperation(peer, block).buffer;
    } finally {
      block.fill(0);
    }
  },
} satisfies KeyWrap);
