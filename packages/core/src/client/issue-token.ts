import { accessTokenAnswer, accessTokenRefusal } from '../contract/oauth-token.ts';
import {
  FacePassAuthError,
  type FacePassErrorContext,
  FacePassHttpError,
  FacePassProtocolError,
} from '../errors.ts';
import { parseRetryAfter } from './backoff.ts';
import { type Exchange, exchange } from './exchange.ts';
import { parseJson } from './read-answer.ts';
import type { Runtime } from './runtime.ts';
import type { TimeLimit } from './time-limit.ts';
import type { StoredToken } from './token-store.ts';

export interface Credentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string | undefined;
}

/** RFC 6749 lets `expires_in` out; then a token is taken to last this long. */
const ASSUMED_LIFETIME_SECONDS = 300;

/** A token answer is under a few kilobytes. */
const MAX_TOKEN_ANSWER_BYTES = 64 * 1024;

export const tokenContext: FacePassErrorContext = { endpoint: 'POST (token endpoint)' };

/**
 * Asks the token endpoint for an access token: client credentials, form-encoded (RFC 6749 §4.4).
 *
 * @throws FacePassAuthError when it refuses (RFC 6749 §5.2); FacePassHttpError, FacePassProtocolError,
 * FacePassConnectionError, FacePassTimeoutError.
 */
export async function issueToken(
  runtime: Runtime,
  credentials: Credentials,
  limit: TimeLimit,
): Promise<StoredToken> {
  const askedAtMs = runtime.now();
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: credentials.clientId,
    client_secret: credentials.clientSecret,
  });
  if (credentials.scope !== undefined) form.set('scope', credentials.scope);
  const answer = await exchange({
    runtime,
    limit,
    maxResponseBytes: MAX_TOKEN_ANSWER_BYTES,
    context: tokenContext,
    buildRequest: (signal) =>
      new Request(credentials.tokenUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: form.toString(),
        redirect: 'manual',
        signal,
      }),
  });
  if (answer.status < 200 || answer.status > 299) throw refusal(answer, runtime.now());
  const parsed = accessTokenAnswer.safeParse(parseJson(answer.text, tokenContext));
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.map(String).join('.');
    throw new FacePassProtocolError({ problem: 'wrong_shape', path }, tokenContext);
  }
  const lifetimeSeconds = parsed.data.expires_in ?? ASSUMED_LIFETIME_SECONDS;
  // Counted from when it was asked for: whatever the answer took is not added to its life.
  return {
    accessToken: parsed.data.access_token,
    issuedAtMs: askedAtMs,
    expiresAtMs: askedAtMs + lifetimeSeconds * 1000,
  };
}

function refusal(answer: Exchange, nowMs: number): Error {
  const { status } = answer;
  if (status === 400 || status === 401 || status === 403) {
    const oauthError = readOauthError(answer.text);
    const message =
      `The token endpoint refused the credentials (HTTP ${status}): check clientId, clientSecret, scope and ` +
      'tokenUrl, which belong to one environment.';
    return new FacePassAuthError({ message, status, oauthError }, tokenContext);
  }
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), nowMs);
  return new FacePassHttpError({ status, retryAfterMs }, tokenContext);
}

function readOauthError(text: string): string | undefined {
  try {
    return accessTokenRefusal.safeParse(JSON.parse(text)).data?.error;
  } catch {
    return undefined;
  }
}
