import type { PrivateJwk } from '@facepass-kit/crypto';

export interface RsaPrivateNumbers {
  readonly n: bigint;
  readonly p: bigint;
  readonly q: bigint;
  readonly dp: bigint;
  readonly dq: bigint;
  readonly qi: bigint;
}

export function readRsaPrivateNumbers(jwk: PrivateJwk): RsaPrivateNumbers {
  const { n, p, q, dp, dq, qi } = jwk;
  return {
    n: readNumber(n),
    p: readNumber(p),
    q: readNumber(q),
    dp: readNumber(dp),
    dq: readNumber(dq),
    qi: readNumber(qi),
  };
}

/**
 * The bare RSA operation (RSADP with CRT, RFC 8017 §5.1.2), for paddings that WebCrypto lacks.
 *
 * It leaks the key through its timing and is good for a simulator only, whose keys protect nothing.
 *
 * @returns the encoded message, as long as the modulus; undefined where the ciphertext is out of range
 */
export function rsaPrivateOperation(
  { n, p, q, dp, dq, qi }: RsaPrivateNumbers,
  ciphertext: Uint8Array,
  modulusBytes: number,
): Uint8Array | undefined {
  const c = toNumber(ciphertext);
  if (ciphertext.length !== modulusBytes || c >= n) return undefined;
  const m1 = power(c % p, dp, p);
  const m2 = power(c % q, dq, q);
  const h = (((m1 - m2) % p) + p) % p;
  return toBytes(m2 + q * ((qi * h) % p), modulusBytes);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

function readNumber(base64Url: string): bigint {
  const binary = atob(base64Url.replaceAll('-', '+').replaceAll('_', '/'));
  return toNumber(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}

function toNumber(bytes: Uint8Array): bigint {
  let hex = '0x0';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return BigInt(hex);
}

function toBytes(value: bigint, length: number): Uint8Array {
  const hex = value.toString(16).padStart(length * 2, '0');
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16));
}
