import { hashToken, REFUSED_REMEMBERED, type StoredToken, type TokenStore } from './token-store.ts';

/** Keeps tokens for the life of the process. */
export function createMemoryTokenStore(): TokenStore {
  const tokens = new Map<string, StoredToken>();
  const refused = new Map<string, string[]>();
  return {
    async read(key) {
      return tokens.get(key);
    },
    async write(key, token) {
      if (refused.get(key)?.includes(await hashToken(token.accessToken))) return;
      tokens.set(key, token);
    },
    async refuse(key, tokenHash) {
      refused.set(key, [...(refused.get(key) ?? []), tokenHash].slice(-REFUSED_REMEMBERED));
      const current = tokens.get(key);
      if (current === undefined || (await hashToken(current.accessToken)) !== tokenHash) return;
      // Another may have been written while this one was hashed.
      if (tokens.get(key) === current) tokens.delete(key);
    },
  };
}
