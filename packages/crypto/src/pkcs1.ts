/**
 * Subpath `@facepass-kit/crypto/pkcs1`: wrapping keys with RSAES-PKCS1-v1_5, which no WebCrypto has.
 *
 * For a vendor that accepts nothing better (Java's plain `RSA` means this padding). There is no opening: see
 * the reference on Bleichenbacher's oracle.
 */
import type { KeyWrap } from './key-wrap.ts';
import { encodePkcs1Block } from './pkcs1-block.ts';
import { rsaPublicOperation } from './rsa-public-operation.ts';

/**
 * RSAES-PKCS1-v1_5 encryption (RFC 8017 §7.2.1), in every runtime.
 *
 * @example
 * const sealer = createSealer({ peer, scheme: schemePresets['java-rsa'], keyWraps: [pkcs1KeyWrap] });
 */
export const pkcs1KeyWrap: KeyWrap = Object.freeze({
  rsa: 'PKCS1-v1_5',
  async wrap(peer, text) {
    const block = encodePkcs1Block(text, peer.modulusBits / 8);
    try {
      return rsaPublicOperation(peer, block).buffer;
    } finally {
      block.fill(0);
    }
  },
} satisfies KeyWrap);
