import { kept } from '../services/kept.ts';

/** The position of the configured token that equals the presented one, or -1; at once where nothing is to be hashed. */
export type TokenCheck = (presented: string) => number | Promise<number>;

const HASHED = /^sha256:([0-9a-f]{64})$/i;

/**
 * Compares SHA-256 digests, all of them and to the end, so that the time taken tells nothing of a token's
 * content, length or place in the list. The token that was right last is kept in memory and compared first, just as
 * evenly: a caller that is right, which is nearly every one, costs no digest.
 *
 * @param tokens each the token itself, or `sha256:` and the hash of it in hex
 */
export function createTokenCheck(tokens: readonly string[]): TokenCheck {
  const digests = kept(() => Promise.all(tokens.map(digestOf)));
  let lastRight: { readonly token: string; readonly position: number } | undefined;
  const byDigest = async (presented: string): Promise<number> => {
    const [candidate, expected] = await Promise.all([sha256(presented), digests()]);
    let match = -1;
    for (const [position, digest] of expected.entries()) {
      if (equalBytes(candidate, digest)) match = position;
    }
    if (match >= 0) lastRight = { token: presented, position: match };
    return match;
  };
  return (presented) =>
    lastRight !== undefined && equalTexts(presented, lastRight.token)
      ? lastRight.position
      : byDigest(presented);
}

/** Takes as long as `presented` is, whatever it is compared with. */
function equalTexts(presented: string, expected: string): boolean {
  let difference = presented.length ^ expected.length;
  for (let i = 0; i < presented.length; i++) {
    difference |= presented.charCodeAt(i) ^ expected.charCodeAt(i % expected.length);
  }
  return difference === 0;
}

async function digestOf(token: string): Promise<Uint8Array> {
  const hex = HASHED.exec(token)?.[1];
  return hex === undefined
    ? await sha256(token)
    : Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** The token of an `Authorization: Bearer …` header (RFC 6750 §2.1), or null. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(header ?? '')?.[1] ?? null;
}
