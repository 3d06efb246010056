import { accessTokenText } from '../contract/oauth-token.ts';
import { FacePassAbortedError, FacePassAuthError } from '../errors.ts';
import type { EventListener } from './events.ts';
import { type Credentials, issueToken, tokenContext } from './issue-token.ts';
import { withRetries } from './retry-loop.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { Runtime } from './runtime.ts';
import { createSingleFlight } from './single-flight.ts';
import { type TimeLimit, withTimeLimit } from './time-limit.ts';
import { hashToken, REFUSED_REMEMBERED, type StoredToken, type TokenStore } from './token-store.ts';

export interface TokenManager {
  /** A token believed valid: from memory, the store, or freshly issued. */
  get(limit: TimeLimit, policy: RetryPolicy): Promise<string>;
  /** FacePass answered 401 to it: it is not handed out again, whatever the store says. */
  refuse(accessToken: string, limit: TimeLimit): Promise<void>;
}

/** A token is renewed this long before it ends, so that none expires on its way. */
const EARLY_MS = 60_000;
/** A short-lived token is renewed in its last tenth instead. */
const EARLY_SHARE = 0.1;
/** A store that takes longer is of no help: a new token is there sooner. */
const STORE_PATIENCE_MS = 2_000;

export interface TokenManagerOptions {
  readonly runtime: Runtime;
  readonly credentials: Credentials;
  readonly store: TokenStore;
  readonly emit: EventListener;
  /**
   * Whether calls may wait for a refresh that another call began. On Workers a promise belongs to the request
   * that made it, and waiting for another's may hang: there each call refreshes for itself.
   */
  readonly shareRefresh: boolean;
  /** Limits of a shared refresh: those of no single call, since many share its fate. */
  readonly sharedLimit: Pick<TimeLimit, 'timeoutMs' | 'deadlineMs'>;
  readonly sharedPolicy: RetryPolicy;
}

export function createTokenManager(options: TokenManagerOptions): TokenManager {
  const { runtime, credentials, store, emit } = options;
  let current: StoredToken | undefined;
  // As they are, not hashed: hashing takes a turn, in which a store could hand one out again.
  let refused: readonly string[] = [];
  const identity = [credentials.tokenUrl, credentials.clientId, credentials.scope ?? ''].join('\n');
  let storeKey: string | undefined;
  let renewingUntilMs = 0;

  /** A store that is broken or never answers costs a token request, never the call. */
  async function inStore<T>(
    operation: 'read' | 'write' | 'refuse',
    limit: TimeLimit,
    work: (key: string) => Promise<T>,
  ): Promise<T | undefined> {
    const patience = { ...limit, timeoutMs: Math.min(limit.timeoutMs, STORE_PATIENCE_MS) };
    try {
      return await withTimeLimit(runtime, patience, tokenContext, async () => {
        storeKey ??= await hashToken(identity);
        return work(storeKey);
      });
    } catch (error) {
      if (error instanceof FacePassAbortedError) throw error;
      emit({ type: 'token_store_failed', atMs: runtime.now(), operation });
      return undefined;
    }
  }

  /** Whether what a store gave is a token to go on with. It may give anything: `null`, as KV does, or old data. */
  function isUsable(stored: StoredToken | null | undefined): stored is StoredToken {
    if (stored == null || !accessTokenText.safeParse(stored.accessToken).success) return false;
    return runtime.now() < renewAtMs(stored) && !refused.includes(stored.accessToken);
  }

  async function renew(limit: TimeLimit, policy: RetryPolicy): Promise<string> {
    const stored = await inStore('read', limit, (key) => store.read(key));
    if (isUsable(stored)) {
      current = stored;
      return stored.accessToken;
    }
    const retry = { runtime, policy, limit, safety: 'idempotent', context: tokenContext } as const;
    const issued = await withRetries(retry, () => issueToken(runtime, credentials, limit));
    current = issued;
    const lifetimeSeconds = Math.round((issued.expiresAtMs - runtime.now()) / 1000);
    emit({ type: 'token_issued', atMs: runtime.now(), lifetimeSeconds });
    await inStore('write', limit, (key) => store.write(key, issued));
    return issued.accessToken;
  }

  const renewForAll = createSingleFlight(() => {
    const deadlineAtMs = runtime.now() + options.sharedLimit.deadlineMs;
    return renew({ ...options.sharedLimit, deadlineAtMs }, options.sharedPolicy);
  });

  function renewFor(limit: TimeLimit, policy: RetryPolicy): Promise<string> {
    if (!options.shareRefresh) return renew(limit, policy);
    return withTimeLimit(runtime, { ...limit, timeoutMs: limit.deadlineMs }, tokenContext, renewForAll);
  }

  return {
    async get(limit, policy) {
      const known = current;
      const nowMs = runtime.now();
      // While one call renews early, the others go on with the token that is still good.
      const renewing = nowMs < renewingUntilMs;
      if (known !== undefined && nowMs < (renewing ? known.expiresAtMs : renewAtMs(known))) {
        return known.accessToken;
      }
      renewingUntilMs = nowMs + limit.timeoutMs;
      const isEarly = known !== undefined && nowMs < known.expiresAtMs;
      try {
        const accessToken = await renewFor(isEarly ? halfOf(limit, nowMs) : limit, policy);
        renewingUntilMs = 0;
        return accessToken;
      } catch (error) {
        // An early refresh that fails for a passing reason leaves a token that is still good.
        const final = error instanceof FacePassAuthError || error instanceof FacePassAbortedError;
        if (!final && known !== undefined && known === current && runtime.now() < known.expiresAtMs) {
          // And the next one is left for a while: not every call should wait for an endpoint that is down.
          renewingUntilMs = runtime.now() + limit.timeoutMs;
          return known.accessToken;
        }
        renewingUntilMs = 0;
        throw error;
      }
    },
    async refuse(accessToken, limit) {
      refused = [...refused, accessToken].slice(-REFUSED_REMEMBERED);
      if (current?.accessToken === accessToken) current = undefined;
      emit({ type: 'token_refused', atMs: runtime.now() });
      const hash = await hashToken(accessToken);
      await inStore('refuse', limit, (key) => store.refuse(key, hash));
    },
  };
}

/** What an early refresh may take of a call: the token at hand has to get it to its answer in the rest. */
function halfOf(limit: TimeLimit, nowMs: number): TimeLimit {
  const patienceMs = Math.min(limit.timeoutMs, (limit.deadlineAtMs - nowMs) / 2);
  return { ...limit, deadlineAtMs: nowMs + patienceMs };
}

function renewAtMs({ expiresAtMs, issuedAtMs }: StoredToken): number {
  const lifetimeMs = issuedAtMs === undefined ? Number.POSITIVE_INFINITY : expiresAtMs - issuedAtMs;
  return expiresAtMs - Math.min(EARLY_MS, lifetimeMs * EARLY_SHARE);
}
