import type { MemberFeedStep, PersonReference, PersonReferences } from '@facepass-kit/protocol';
import type { Database } from '../store/database.ts';

/**
 * Brings what arrives under the names that the mirror uses now. While a pepper is being changed the edge app names
 * people under both, and long afterwards a tombstone is found by nothing but the key of the person.
 */
export interface PresentNames {
  /** Gives erased people among these keys the names they would have today, so that they are known to be erased. */
  adopt(keys: readonly string[]): Promise<void>;
  references(references: readonly PersonReference[]): Promise<PersonReference[]>;
  feedStep(step: MemberFeedStep): Promise<MemberFeedStep>;
}

/** @param isNeeded false where there has never been another pepper: then nothing is opened, and nothing written */
export function createPresentNames(
  database: Database,
  people: PersonReferences,
  isNeeded: boolean,
): PresentNames {
  const adopt = async (keys: readonly string[]): Promise<void> => {
    if (!isNeeded || keys.length === 0) return;
    const names = await Promise.all(
      keys.map(async (key) => {
        const to = await people.hmac(key);
        return (await people.aliases(key)).map((from) => [from, to]);
      }),
    );
    await database.execute([
      {
        sql: `UPDATE OR REPLACE tombstones SET hmac = value->>1, pepper = NULL FROM json_each(?1) WHERE hmac = value->>0`,
        params: [JSON.stringify(names.flat())],
      },
    ]);
  };

  const references = async (given: readonly PersonReference[]): Promise<PersonReference[]> => {
    if (!isNeeded) return [...given];
    // A key that cannot be opened is that of somebody erased meanwhile: the name is all there is.
    const keys = await Promise.all(given.map((reference) => people.open(reference).catch(() => null)));
    await adopt(keys.filter((key) => key !== null));
    return await Promise.all(
      given.map(async (reference, at) => {
        const key = keys[at];
        return key === null || key === undefined ? reference : await people.of(key);
      }),
    );
  };

  return {
    adopt,
    references,
    async feedStep(step) {
      if (!isNeeded) return step;
      const standings = await Promise.all(
        step.standings.map(async (standing) => {
          const { person, sealed } = standing;
          if (sealed === null) return standing;
          const [present] = await references([{ hmac: person, sealed }]);
          return present === undefined
            ? standing
            : { ...standing, person: present.hmac, sealed: present.sealed };
        }),
      );
      return { ...step, standings };
    },
  };
}
