import type { PrivateJwk } from '@facepass-kit/crypto';
import { type RsaPrivateNumbers, readRsaPrivateNumbers } from './rsa-private-operation.ts';

/** An RSA private key in every form in which the openers need it. */
export interface VendorKey {
  readonly oaepSha1: CryptoKey;
  readonly oaepSha256: CryptoKey;
  /** For the paddings that no WebCrypto opens. */
  readonly numbers: RsaPrivateNumbers;
  readonly modulusBytes: number;
}

export async function importVendorKey(jwk: PrivateJwk): Promise<VendorKey> {
  const { kty, n, e, d, p, q, dp, dq, qi } = jwk;
  const importAs = (hash: 'SHA-1' | 'SHA-256') =>
    crypto.subtle.importKey('jwk', { kty, n, e, d, p, q, dp, dq, qi }, { name: 'RSA-OAEP', hash }, false, [
      'decrypt',
    ]);
  const [oaepSha1, oaepSha256] = await Promise.all([importAs('SHA-1'), importAs('SHA-256')]);
  const numbers = readRsaPrivateNumbers(jwk);
  return { oaepSha1, oaepSha256, numbers, modulusBytes: Math.ceil(numbers.n.toString(16).length / 2) };
}
