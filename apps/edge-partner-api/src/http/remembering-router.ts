import type { Router } from 'hono/router';
import { TrieRouter } from 'hono/router/trie-router';

type Found<T> = ReturnType<Router<T>['match']>;

/**
 * Hono's own router for addresses such as /members/lookup beside /members/:person, which remembers what it found where
 * that is always the same: at the addresses of routes that are written out, for the methods they have. The door question
 * is one of these, and looking it up costs as much as reading it. Bounded by the routes there are.
 */
export class RememberingRouter<T> implements Router<T> {
  readonly name = 'RememberingRouter';
  readonly #router = new TrieRouter<T>();
  /** By path and method; undefined until it was looked up once. */
  readonly #found = new Map<string, Map<string, Found<T> | undefined>>();

  add(method: string, path: string, handler: T): void {
    this.#router.add(method, path, handler);
    // A route that is added later may match anywhere.
    for (const byMethod of this.#found.values())
      for (const known of byMethod.keys()) byMethod.set(known, undefined);
    if (/[:*?]/.test(path)) return;
    const byMethod = this.#found.get(path) ?? new Map<string, Found<T> | undefined>();
    this.#found.set(path, byMethod.set(method, undefined));
  }

  match(method: string, path: string): Found<T> {
    const byMethod = this.#found.get(path);
    const known = byMethod?.get(method);
    if (known !== undefined) return known;
    const found = this.#router.match(method, path);
    if (byMethod?.has(method)) byMethod.set(method, found);
    return found;
  }
}
