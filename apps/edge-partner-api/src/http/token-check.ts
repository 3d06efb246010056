import { kept } from '../services/kept.ts';

/** Whether a presented token is one of the configured ones. */
export type TokenCheck = (presented: string) => Promise<boolean>;

/**
 * Compares SHA-256 digests, all of them and to the end, so that the time taken tells nothing of a token's
 * content, length or place in the list.
 */
export function createTokenCheck(tokens: readonly string[]): TokenCheck {
  const digests = kept(() => Promise.all(tokens.map(sha256)));
  return async (presented) => {
    const [candidate, expected] = await Promise.all([sha256(presented), digests()]);
    let matches = 0;
    for (const digest of expected) matches += equalBytes(candidate, digest);
    return matches > 0;
  };
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function equalBytes(a: Uint8Array, b: Uint8Array): 0 | 1 {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0 ? 1 : 0;
}

/** The token of an `Authorization: Bearer …` header (RFC 6750 §2.1), or null. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(header ?? '')?.[1] ?? null;
}
