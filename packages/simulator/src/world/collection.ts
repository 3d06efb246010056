import type { StateStore } from './state-store.ts';

/** A map by key whose every change is also told to the store. */
export class Collection<T> {
  readonly #items = new Map<string, T>();
  readonly #store: StateStore;
  readonly #scope: string;
  readonly #kind: string;
  /** Changes whenever an item does. */
  revision = 0;

  constructor(store: StateStore, scope: string, kind: string) {
    this.#store = store;
    this.#scope = scope;
    this.#kind = kind;
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  values(): T[] {
    return [...this.#items.values()];
  }

  find(matches: (item: T) => boolean): T | undefined {
    for (const item of this.#items.values()) if (matches(item)) return item;
    return undefined;
  }

  set(key: string, value: T): T {
    this.revision += 1;
    this.#items.set(key, value);
    this.#store.put({ scope: this.#scope, kind: this.#kind, key, value });
    return value;
  }

  delete(key: string): boolean {
    if (!this.#items.delete(key)) return false;
    this.revision += 1;
    this.#store.delete(this.#scope, this.#kind, key);
    return true;
  }

  /** Takes back what the store remembered, without writing it again. */
  restore(key: string, value: unknown): void {
    this.revision += 1;
    // The store returns what this very collection gave it: rows are found by scope and kind.
    this.#items.set(key, value as T);
  }
}
