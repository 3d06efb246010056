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
  /** Who is behind each of these keys. */
  meet(keys: readonly (string | null)[]): Promise<readonly (MetPerson | null)[]>;
}

export function createPersonCache(people: PersonReferences, capacity = CAPACITY): PersonCache {
  const met = new Map<string, MetPerson>();
  return {
    async meet(keys) {
      const unknown = new Set<string>();
      const known = keys.map((key) => {
        if (key === null) return null;
        const person = met.get(key);
        if (person === undefined) unknown.add(key);
        return person;
      });
      if (unknown.size === 0) return known.map((person) => person ?? null);
      const strangers = new Map<string, MetPerson>();
      await Promise.all(
        Array.from(unknown, async (merchantUserKey) => {
          const hmac = await people.hmac(merchantUserKey);
          // Another commit may have met them meanwhile.
          const stranger = met.get(merchantUserKey) ?? { merchantUserKey, hmac, isStored: false };
          strangers.set(merchantUserKey, stranger);
        }),
      );
      for (const [key, stranger] of strangers) met.set(key, stranger);
      forgetOldest(met, met.size - capacity);
      return keys.map((key, index) => known[index] ?? (key === null ? null : (strangers.get(key) ?? null)));
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
