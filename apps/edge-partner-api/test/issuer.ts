import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { vi } from 'vitest';

/** An issuer of JWTs whose key set is served at `url`; everything else goes where it always goes. */
export async function createIssuer(
  url: string,
  defaults: { readonly issuer: string; readonly audience: string },
) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: crypto.randomUUID(), alg: 'ES256', use: 'sig' };
  const real = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    return request.url === url ? Response.json({ keys: [jwk] }) : await real(request);
  });
  const { issuer, audience } = defaults;
  const sign = (claims: object, { iss = issuer, aud = audience, exp = '1m' } = {}) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: jwk.kid })
      .setIssuer(iss)
      .setAudience(aud)
      .setExpirationTime(exp)
      .sign(privateKey);
  return { sign };
}
