import type { PersonReferences } from '@facepass-kit/protocol';

/** Enough for the regulars of a large venue, a few megabytes at most; the oldest are forgotten first. */
const CAPACITY = 20_000;

/** Somebody a run has met. */
export interface MetPerson {
  readonly merchantUserKey: string;
  readonly hmac: string;
  /** Whether they are known to have a row. */
  isStored: boolean;
}

/**
 * What a run remembers of people, so that an HMAC is computed once for somebody who comes every day, and a key
 * is sealed only for who has no row yet. Memory only.
 */
export interface PersonCache {
  /** Everybody behind these keys, by key. */
  meet(keys: Iterable<string>): Promise<ReadonlyMap<string, MetPerson>>;
}

export function createPersonCache(people: PersonReferences, capacity = CAPACITY): PersonCache {
  const met = new Map<string, MetPerson>();
  return {
    async meet(keys) {
      const result = new Map<string, MetPerson>();
      const unknown = new Set<string>();
      for (const key of keys) {
        const person = met.get(key);
        if (person === undefined) unknown.add(key);
        else result.set(key, person);
      }
      const strangers = await Promise.all(
        Array.from(unknown, async (merchantUserKey): Promise<MetPerson> => {
          const hmac = await people.hmac(merchantUserKey);
          // Another commit may have met them meanwhile.
          return met.get(merchantUserKey) ?? { merchantUserKey, hmac, isStored: false };
        }),
      );
      for (const stranger of strangers) {
        result.set(stranger.merchantUserKey, stranger);
        met.set(stranger.merchantUserKey, stranger);
      }
      forgetOldest(met, met.size - capacity);
      return result;
    },
  };
}

function forgetOldest(met: Map<string, unknown>, excess: number): void {
  let left = excess;
  for (const key of met.keys()) {
    if (left-- <= 0) return;
    met.delete(key);
  }
}
