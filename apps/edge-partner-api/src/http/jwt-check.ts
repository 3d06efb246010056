import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';

export interface JwtSettings {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

/** The claims of a token that is signed by the issuer's keys, meant for us and valid now; null for any other. */
export type JwtCheck = (token: string) => Promise<JWTPayload | null>;

/** Asymmetric ones only: with a shared secret whoever may verify may also sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Clocks of two companies. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** A key set is asked for when a key id is new, and at most this often. */
const JWKS_COOLDOWN_MS = 30_000;
const JWKS_MAX_AGE_MS = 10 * 60_000;
const JWKS_TIMEOUT_MS = 3_000;

/** Verifies JWTs (RFC 7519) against a remote key set, which is kept in this isolate's memory. */
export function createJwtCheck({ jwksUrl, issuer, audience }: JwtSettings): JwtCheck {
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cooldownDuration: JWKS_COOLDOWN_MS,
    cacheMaxAge: JWKS_MAX_AGE_MS,
    timeoutDuration: JWKS_TIMEOUT_MS,
  });
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp'],
      });
      return payload;
    } catch {
      return null;
    }
  };
}
