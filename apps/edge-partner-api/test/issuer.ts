import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { vi } from 'vitest';

type Claims = Record<string, unknown>;
interface Changes {
  readonly iss?: string;
  readonly aud?: string | string[];
  readonly exp?: string | null;
  readonly nbf?: string;
  readonly header?: Record<string, unknown>;
}

async function newKey() {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: crypto.randomUUID(), alg: 'ES256', use: 'sig' };
  return { privateKey, jwk };
}

/**
 * An issuer of JWTs whose key set is served at `url`; everything else goes where it always goes.
 *
 * @param elsewhere answers other requests, or says with null that it does not
 */
export async function createIssuer(
  url: string,
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
  elsewhere: (request: Request) => Promise<Response | null> = async () => null,
) {
  let current = await newKey();
  const state = {
    /** What the key set lists; a test may change it. */
    keys: [current.jwk] as object[],
    up: true,
    /** What answers wait for. */
    ready: Promise.resolve(),
    /** How often the key set was asked for. */
    asked: 0,
  };
  const real = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    if (request.url !== url) return (await elsewhere(request)) ?? (await real(request));
    state.asked += 1;
    await state.ready;
    return state.up ? Response.json({ keys: state.keys }) : new Response('down', { status: 503 });
  });
  return {
    state,
    publicJwk: () => current.jwk,
    /** Signs with a new key, which is listed at once instead of the old one. */
    async rotate() {
      current = await newKey();
      state.keys = [current.jwk];
    },
    async sign(claims: Claims, changes: Changes = {}): Promise<string> {
      const { iss = issuer, aud = audience, exp = '1m', nbf, header = {} } = changes;
      const jwt = new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: current.jwk.kid, ...header })
        .setIssuer(iss)
        .setAudience(aud);
      if (exp !== null) jwt.setExpirationTime(exp);
      if (nbf !== undefined) jwt.setNotBefore(nbf);
      return await jwt.sign(current.privateKey);
    },
  };
}
