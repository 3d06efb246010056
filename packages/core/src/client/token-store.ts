/** An access token as it is kept between calls. Secret. */
export interface StoredToken {
  readonly accessToken: string;
  /** When it stops being valid, milliseconds since 1970, UTC. */
  readonly expiresAtMs: number;
  /** When it was asked for: tells how early it should be renewed. */
  readonly issuedAtMs?: number | undefined;
}

/**
 * Where access tokens outlive a client: memory, or something shared by many instances. `key` tells apart
 * credentials; it is a hash and contains none. `tokenStoreContract` (subpath `/testing`) checks an
 * implementation.
 */
export interface TokenStore {
  /** The token last written, unless it was refused since. May be expired. */
  read(key: string): Promise<StoredToken | undefined>;
  write(key: string, token: StoredToken): Promise<void>;
  /**
   * FacePass refused the token with this SHA-256 (lower-case hex): it must not be read again, not even if a slow
   * writer writes it once more. A token with another hash stays.
   */
  refuse(key: string, tokenHash: string): Promise<void>;
}

/** SHA-256 of a token in lower-case hex: names a token without being one. */
export async function hashToken(accessToken: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Refused hashes remembered: more than any plausible number of tokens alive at once. */
export const REFUSED_REMEMBERED = 16;
