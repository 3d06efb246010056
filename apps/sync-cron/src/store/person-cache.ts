import type { PersonReferences } from '@facepass-kit/protocol';

/** Enough for the regulars of a large venue, a few megabytes at most; the oldest are forgotten first. */
const CAPACITY = 20_000;

/**
 * What a run remembers of people, so that an HMAC is computed once for somebody who comes every day, and a key
 * is sealed only for who has no row yet. Memory only.
 */
export interface PersonCache {
  /** The HMAC of every key, in order of first mention. */
  hmacsOf(keys: Iterable<string>): Promise<Map<string, string>>;
  /** Those not yet known to have a row. */
  strangers(hmacs: Iterable<string>): Set<string>;
  /** Their rows are committed. */
  add(hmacs: Iterable<string>): void;
}

export function createPersonCache(people: PersonReferences, capacity = CAPACITY): PersonCache {
  const hmacs = new Map<string, string>();
  const stored = new Set<string>();
  return {
    async hmacsOf(keys) {
      const distinct = new Set(keys);
      const unknown = [...distinct].filter((key) => !hmacs.has(key));
      await Promise.all(unknown.map(async (key) => hmacs.set(key, await people.hmac(key))));
      const result = new Map<string, string>();
      for (const key of distinct) {
        // Another commit may have forgotten it meanwhile.
        result.set(key, hmacs.get(key) ?? (await people.hmac(key)));
      }
      for (const key of oldest(hmacs.keys(), hmacs.size - capacity)) hmacs.delete(key);
      return result;
    },
    strangers: (all) => new Set([...all].filter((hmac) => !stored.has(hmac))),
    add(more) {
      for (const hmac of more) stored.add(hmac);
      for (const hmac of oldest(stored.keys(), stored.size - capacity)) stored.delete(hmac);
    },
  };
}

function oldest(keys: Iterator<string>, excess: number): string[] {
  const result: string[] = [];
  while (result.length < excess) {
    const next = keys.next();
    if (next.done === true) break;
    result.push(next.value);
  }
  return result;
}
