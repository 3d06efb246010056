import type { RsaPadding } from '@facepass-kit/crypto';
import { rsaPrivateOperation } from './rsa-private-operation.ts';
import type { VendorKey } from './vendor-key.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Undoes one RSA padding; undefined where the key, the padding or the length does not fit. */
type Unwrap = (key: VendorKey, wrapped: Bytes) => Promise<Bytes | undefined>;

const unwraps: Record<RsaPadding, Unwrap> = {
  'OAEP-SHA1': (key, wrapped) => webCryptoOaep(key.oaepSha1, wrapped),
  'OAEP-SHA256': (key, wrapped) => webCryptoOaep(key.oaepSha256, wrapped),
  'OAEP-SHA256-MGF1-SHA1': async (key, wrapped) => {
    const encoded = rsaPrivateOperation(key.numbers, wrapped, key.modulusBytes);
    return encoded && decodeOaep(encoded, 'SHA-256', 'SHA-1');
  },
  'PKCS1-v1_5': async (key, wrapped) => {
    const encoded = rsaPrivateOperation(key.numbers, wrapped, key.modulusBytes);
    return encoded && decodePkcs1(encoded);
  },
};

export function rsaUnwrap(rsa: RsaPadding, key: VendorKey, wrapped: Bytes): Promise<Bytes | undefined> {
  return unwraps[rsa](key, wrapped);
}

async function webCryptoOaep(key: CryptoKey, wrapped: Bytes): Promise<Bytes | undefined> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'RSA-OAEP' }, key, wrapped));
  } catch {
    return undefined;
  }
}

/** EME-OAEP decoding (RFC 8017 §7.1.2 step 3) with an empty label. */
async function decodeOaep(
  encoded: Uint8Array,
  hash: 'SHA-256',
  mgfHash: 'SHA-1',
): Promise<Bytes | undefined> {
  const labelHash = new Uint8Array(await crypto.subtle.digest(hash, new Uint8Array()));
  const seedLength = labelHash.length;
  if (encoded[0] !== 0 || encoded.length < 2 * seedLength + 2) return undefined;
  const maskedSeed = encoded.slice(1, 1 + seedLength);
  const maskedBlock = encoded.slice(1 + seedLength);
  const seed = xor(maskedSeed, await mgf1(maskedBlock, seedLength, mgfHash));
  const block = xor(maskedBlock, await mgf1(seed, maskedBlock.length, mgfHash));
  const separator = block.indexOf(1, seedLength);
  const labelFits = labelHash.every((byte, i) => block[i] === byte);
  const paddingIsZero = block.subarray(seedLength, separator).every((byte) => byte === 0);
  return labelFits && separator >= seedLength && paddingIsZero ? block.slice(separator + 1) : undefined;
}

/** EME-PKCS1-v1_5 decoding (RFC 8017 §7.2.2 step 3): 00 02, at least eight non-zero bytes, 00, the message. */
function decodePkcs1(encoded: Uint8Array): Bytes | undefined {
  const separator = encoded.indexOf(0, 2);
  const fits = encoded[0] === 0 && encoded[1] === 2 && separator >= 10;
  return fits ? new Uint8Array(encoded.slice(separator + 1)) : undefined;
}

/** The mask generation function of RFC 8017 §B.2.1. */
async function mgf1(seed: Uint8Array, length: number, hash: 'SHA-1'): Promise<Bytes> {
  const mask: number[] = [];
  for (let counter = 0; mask.length < length; counter += 1) {
    const input = new Uint8Array(seed.length + 4);
    input.set(seed);
    new DataView(input.buffer).setUint32(seed.length, counter);
    mask.push(...new Uint8Array(await crypto.subtle.digest(hash, input)));
  }
  return Uint8Array.from(mask.slice(0, length));
}

function xor(a: Uint8Array, b: Uint8Array): Bytes {
  return Uint8Array.from(a, (byte, i) => byte ^ (b[i] ?? 0));
}
