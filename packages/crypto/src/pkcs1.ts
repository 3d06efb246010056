/**
 * Subpath `@facepass-kit/crypto/pkcs1`: wrapping keys with RSAES-PKCS1-v1_5, which no WebCrypto has.
 *
 * For a vendor that accepts nothing better (Java's plain `RSA` means this padding). There is no opening: see
 * the reference on Bleichenbacher's oracle.
 */
import type { KeyWrap } from './key-wrap.ts';
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

/** EM = 00 02 PS 00 M. The longest text here has 77 bytes and the shortest modulus 256: PS never falls below 8 bytes. */
export function encodePkcs1Block(text: Uint8Array, modulusBytes: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(modulusBytes);
  const separator = modulusBytes - text.length - 1;
  block[1] = 2;
  fillNonZero(block.subarray(2, separator));
  block.set(text, separator + 1);
  return block;
}

function fillNonZero(padding: Uint8Array<ArrayBuffer>): void {
  crypto.getRandomValues(padding);
  for (let index = padding.indexOf(0); index !== -1; index = padding.indexOf(0)) {
    crypto.getRandomValues(padding.subarray(index, index + 1));
  }
}
