import { decodeBase64Url } from './base64.ts';
import type { PeerKey } from './peer-key.ts';

/**
 * RSAEP (RFC 8017 §5.1.1), m^e mod n on BigInt, for paddings that WebCrypto lacks. It runs in every runtime
 * and its time depends on the public key and the length of the block alone, up to BigInt's own habits: only
 * the sealing side uses it, whose key is public and whose block is random and used once.
 */
export function rsaPublicOperation({ jwk }: PeerKey, block: Uint8Array): Uint8Array<ArrayBuffer> {
  const modulus = decodeBase64Url(jwk.n);
  const result = modularPower(toBigInt(block), toBigInt(decodeBase64Url(jwk.e)), toBigInt(modulus));
  const hex = result.toString(16).padStart(modulus.length * 2, '0');
  return Uint8Array.from(modulus, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}

function modularPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
}
