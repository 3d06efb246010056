import { type Credentials, issueToken, tokenContext } from './issue-token.ts';
import { withRetries } from './retry-loop.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { Runtime } from './runtime.ts';
import { type TimeLimit, withTimeLimit } from './time-limit.ts';
import { hashToken, type StoredToken, type TokenStore } from './token-store.ts';

export interface TokenManager {
  /** A token believed valid: from memory, the store, or freshly issued. */
  get(limit: TimeLimit, policy: RetryPolicy): Promise<string>;
  /** FacePass answered 401 to it: never hand it out again. */
  refuse(accessToken: string): Promise<void>;
}

/** A token is renewed this long before it ends, so that none expires on its way. */
const EARLY_MS = 60_000;
/** A short-lived token is renewed in its last tenth instead. */
const EARLY_SHARE = 0.1;

export interface TokenManagerOptions {
  readonly runtime: Runtime;
  readonly credentials: Credentials;
  readonly store: TokenStore;
  /**
   * Whether calls may wait for a refresh that another call began. On Workers a promise belongs to the request
   * that made it, and waiting for another's may hang: there each call refreshes for itself.
   */
  readonly shareRefresh: boolean;
}

export function createTokenManager(options: TokenManagerOptions): TokenManager {
  const { runtime, credentials, store } = options;
  let current: (StoredToken & { readonly renewAtMs: number }) | undefined;
  let shared: Promise<string> | undefined;
  const refusedHashes = new Set<string>();
  const storeKey = hashToken(
    [credentials.tokenUrl, credentials.clientId, credentials.scope ?? ''].join('\n'),
  );

  function adopt(token: StoredToken): string {
    const lifetimeMs = token.expiresAtMs - runtime.now();
    current = { ...token, renewAtMs: token.expiresAtMs - Math.min(EARLY_MS, lifetimeMs * EARLY_SHARE) };
    return token.accessToken;
  }

  async function fromStore(): Promise<string | undefined> {
    // A broken store costs a token request, never the call.
    const stored = await storeKey.then((key) => store.read(key)).catch(() => undefined);
    if (stored === undefined || stored.expiresAtMs - EARLY_MS <= runtime.now()) return undefined;
    if (refusedHashes.has(await hashToken(stored.accessToken))) return undefined;
    return adopt(stored);
  }

  async function renew(limit: TimeLimit, policy: RetryPolicy): Promise<string> {
    const known = await fromStore();
    if (known !== undefined) return known;
    const issued = await withRetries(runtime, policy, limit, 'idempotent', tokenContext, () =>
      issueToken(runtime, credentials, limit),
    );
    await storeKey.then((key) => store.write(key, issued)).catch(() => undefined);
    return adopt(issued);
  }

  return {
    async get(limit, policy) {
      if (current !== undefined && runtime.now() < current.renewAtMs) return current.accessToken;
      if (!options.shareRefresh) return renew(limit, policy);
      // Others may be waiting for it too: one caller's signal must not end it for all.
      const { signal: _own, ...unsignalled } = limit;
      shared ??= renew(unsignalled, policy).finally(() => {
        shared = undefined;
      });
      const refresh = shared;
      return withTimeLimit(runtime, { ...limit, timeoutMs: limit.deadlineMs }, tokenContext, () => refresh);
    },
    async refuse(accessToken) {
      const hash = await hashToken(accessToken);
      refusedHashes.add(hash);
      if (current?.accessToken === accessToken) current = undefined;
      await storeKey.then((key) => store.refuse(key, hash)).catch(() => undefined);
    },
  };
}
