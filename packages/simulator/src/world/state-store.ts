/** One remembered value: which merchant (or the world itself), what kind of thing, and its key. */
export interface StateRow {
  readonly scope: string;
  readonly kind: string;
  readonly key: string;
  readonly value: unknown;
}

/** The scope of what belongs to no single merchant. */
export const worldScope = 'world';

/**
 * Where the simulated vendor remembers. Writes are synchronous, so a request is never answered before
 * what it changed is written.
 */
export interface StateStore {
  /** Everything remembered, in the order in which it was first written. */
  load(): Iterable<StateRow>;
  put(row: StateRow): void;
  delete(scope: string, kind: string, key: string): void;
  /** Forgets one scope, or everything. */
  clear(scope?: string): void;
}

/** Remembers nothing beyond the process: the collections themselves are the memory. */
export const forgetfulStore: StateStore = {
  load: () => [],
  put: () => {},
  delete: () => {},
  clear: () => {},
};
