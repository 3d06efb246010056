/**
 * The private operation and the two paddings that the package does not open, on BigInt and plain digests, so that
 * what it seals can be checked in every runtime. Slow, not constant in time, and for test keys only.
 */
import { decodeBase64Url } from '../src/base64.ts';
import type { PrivateJwk, RsaPadding } from '../src/index.ts';

const hashes = {
  'OAEP-SHA1': { label: 'SHA-1', mask: 'SHA-1' },
  'OAEP-SHA256': { label: 'SHA-256', mask: 'SHA-256' },
  'OAEP-SHA256-MGF1-SHA1': { label: 'SHA-256', mask: 'SHA-1' },
} as const;

/** What RSA wrapped, or an error that says what is wrong with the padding. */
export async function referenceUnwrap(
  jwk: PrivateJwk,
  rsa: RsaPadding,
  wrapped: Uint8Array,
): Promise<Uint8Array> {
  const block = privateOperation(jwk, wrapped);
  if (rsa === 'PKCS1-v1_5') return decodePkcs1(block);
  return decodeOaep(block, hashes[rsa].label, hashes[rsa].mask);
}

function privateOperation({ n, d }: PrivateJwk, wrapped: Uint8Array): Uint8Array {
  const modulus = toBigInt(decodeBase64Url(n));
  const exponent = toBigInt(decodeBase64Url(d));
  let result = 1n;
  for (
    let bits = exponent.toString(2), base = toBigInt(wrapped), index = 0;
    index < bits.length;
    index += 1
  ) {
    result = (result * result) % modulus;
    if (bits[index] === '1') result = (result * base) % modulus;
  }
  const hex = result.toString(16).padStart(wrapped.length * 2, '0');
  return Uint8Array.from(wrapped, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}

function decodePkcs1(block: Uint8Array): Uint8Array {
  const separator = block.indexOf(0, 2);
  if (block[0] !== 0 || block[1] !== 2 || separator < 10) throw new Error('Not an EME-PKCS1-v1_5 block');
  return block.slice(separator + 1);
}

async function decodeOaep(block: Uint8Array, labelHash: string, maskHash: string): Promise<Uint8Array> {
  const label = new Uint8Array(await crypto.subtle.digest(labelHash, new Uint8Array()));
  const maskedSeed = block.slice(1, 1 + label.length);
  const maskedData = block.slice(1 + label.length);
  const seed = xor(maskedSeed, await mgf1(maskHash, maskedData, maskedSeed.length));
  const data = xor(maskedData, await mgf1(maskHash, seed, maskedData.length));
  const separator = data.indexOf(1, label.length);
  const zeros = data.slice(label.length, separator);
  const labelFits = label.every((byte, index) => byte === data[index]);
  if (block[0] !== 0 || separator === -1 || !labelFits || zeros.some((byte) => byte !== 0)) {
    throw new Error('Not an EME-OAEP block');
  }
  return data.slice(separator + 1);
}

async function mgf1(hash: string, seed: Uint8Array, length: number): Promise<Uint8Array> {
  const mask: number[] = [];
  for (let counter = 0; mask.length < length; counter += 1) {
    mask.push(...new Uint8Array(await crypto.subtle.digest(hash, Uint8Array.of(...seed, 0, 0, 0, counter))));
  }
  return Uint8Array.from(mask.slice(0, length));
}

function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((byte, index) => byte ^ (right[index] ?? 0));
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
}
