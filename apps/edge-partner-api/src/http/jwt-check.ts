import {
  createLocalJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { JWKSNoMatchingKey } from 'jose/errors';
import { describeError } from '../log.ts';
import type { AppContext } from './context.ts';
import { Refusal } from './refusal.ts';

export interface JwtSettings {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

/**
 * The claims of a token that is signed by the issuer's keys, meant for us and valid now; null for any other.
 *
 * @throws Refusal 503 `CALLER_KEYS_UNAVAILABLE` where no key of the issuer could be had yet
 */
export type JwtCheck = (token: string, c: AppContext) => Promise<JWTPayload | null>;

/** Asymmetric ones only: with a shared secret whoever may verify may also sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Clocks of two companies. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** Whoever names a key id we do not know makes us ask for the key set, and at most this often. */
const JWKS_COOLDOWN_MS = 30_000;
/** Where there is no key set at all, the issuer is asked again this soon. */
const JWKS_RETRY_MS = 1_000;
/**
 * Whoever comes while the issuer is being asked asks as well, since no request can wait for another's answer here: what a
 * rush hour brings meanwhile, and no flood.
 */
const JWKS_AT_ONCE = 50;
/** Older than this it is fetched anew, behind the answer. */
const JWKS_FRESH_MS = 10 * 60_000;
/** How long the last key set goes on serving while the issuer cannot be reached: a door must not close for that. */
const JWKS_STALE_MS = 24 * 60 * 60_000;
const JWKS_TIMEOUT_MS = 3_000;

/** Verifies JWTs (RFC 7519) against a remote key set, which is kept in this isolate's memory. */
export function createJwtCheck({ jwksUrl, issuer, audience }: JwtSettings): JwtCheck {
  let held: { readonly find: ReturnType<typeof createLocalJWKSet>; readonly fetchedAt: number } | undefined;
  let triedAt = 0;
  /** When those began that are under way. One whose caller went away never comes to its end. */
  let underWay: readonly number[] = [];
  const isYounger = (ageMs: number): boolean => held !== undefined && Date.now() - held.fetchedAt < ageMs;

  /** Asks the issuer, unless it answered within `cooldownMs` or is being asked `atOnce` times. */
  const fetchKeys = async (c: AppContext, cooldownMs: number, atOnce = JWKS_AT_ONCE): Promise<void> => {
    const now = Date.now();
    underWay = underWay.filter((begunAt) => now - begunAt < JWKS_TIMEOUT_MS);
    if (now - triedAt < cooldownMs || underWay.length >= atOnce) return;
    underWay = [...underWay, now];
    try {
      const find = createLocalJWKSet(await keySetAt(jwksUrl));
      // One that was asked for earlier may come later.
      if (held === undefined || held.fetchedAt <= now) held = { find, fetchedAt: now };
    } catch (error) {
      c.get('log')('error', 'jwks.unreachable', { held: isYounger(JWKS_STALE_MS), ...describeError(error) });
    } finally {
      const own = underWay.indexOf(now);
      underWay = underWay.filter((_, position) => position !== own);
      triedAt = Date.now();
    }
  };

  const haveKeys = async (c: AppContext): Promise<ReturnType<typeof createLocalJWKSet>> => {
    if (!isYounger(JWKS_STALE_MS)) await fetchKeys(c, JWKS_RETRY_MS);
    else if (!isYounger(JWKS_FRESH_MS)) c.executionCtx.waitUntil(fetchKeys(c, JWKS_COOLDOWN_MS, 1));
    if (held !== undefined && isYounger(JWKS_STALE_MS)) return held.find;
    throw new Refusal(503, 'CALLER_KEYS_UNAVAILABLE', 'The keys of the issuer of this token cannot be had.');
  };

  const verify = async (token: string, c: AppContext): Promise<JWTPayload | null | 'unknown_key'> => {
    const keys = await haveKeys(c);
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp'],
      });
      return payload;
    } catch (error) {
      return error instanceof JWKSNoMatchingKey ? 'unknown_key' : null;
    }
  };

  return async (token, c) => {
    // Whatever cannot be a token of ours makes nobody ask the issuer.
    if (!isCandidate(token)) return null;
    const first = await verify(token, c);
    if (first !== 'unknown_key') return first;
    await fetchKeys(c, JWKS_COOLDOWN_MS);
    const second = await verify(token, c);
    return second === 'unknown_key' ? null : second;
  };
}

/** @throws whatever keeps the issuer from giving a key set */
async function keySetAt(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(JWKS_TIMEOUT_MS) });
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  // Checked by the one call it is handed to.
  return (await response.json()) as JSONWebKeySet;
}

function isCandidate(token: string): boolean {
  try {
    return ALGORITHMS.includes(decodeProtectedHeader(token).alg ?? '');
  } catch {
    return false;
  }
}
