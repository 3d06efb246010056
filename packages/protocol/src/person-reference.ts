import * as z from 'zod';
import type { BlindIndex } from './blind-index.ts';
import type { DataCipher } from './data-cipher.ts';

const personHmac = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/**
 * How a person is named wherever our parts talk about them: never by the `merchantUserKey` itself.
 * `hmac` matches one mention with another; `sealed` gives the key back to who holds the data key.
 */
export const personReference = z.object({
  hmac: personHmac,
  sealed: z.string().min(1),
  /** While the pepper is being changed: the same person's `hmac` under the one before. */
  former: personHmac.optional(),
});
export type PersonReference = z.infer<typeof personReference>;

export interface PersonReferences {
  of(merchantUserKey: string): Promise<PersonReference>;
  hmac(merchantUserKey: string): Promise<string>;
  /** `sealed` of a reference whose `hmac` is known. */
  seal(merchantUserKey: string, hmac: string): Promise<string>;
  /** The `merchantUserKey` behind a reference. */
  open(reference: PersonReference): Promise<string>;
  /** Under which other names a person may be found, since they were stored under an earlier pepper. */
  aliases(merchantUserKey: string): Promise<string[]>;
  /** The name of somebody who was erased under an earlier pepper: their key is gone, so the name itself is hashed. */
  wrap(hmac: string): Promise<string>;
}

/** Peppers that were in force before. */
export interface EarlierPeppers {
  /** The one that is being replaced; null outside of a rotation. */
  readonly previous: BlindIndex | null;
  /** Those replaced before, newest first: only tombstones are left under them. */
  readonly retired: readonly BlindIndex[];
}

const NO_PEPPERS: EarlierPeppers = { previous: null, retired: [] };

export function createPersonReferences(
  index: BlindIndex,
  cipher: DataCipher,
  { previous, retired }: EarlierPeppers = NO_PEPPERS,
): PersonReferences {
  const nameUnder = (pepper: BlindIndex, key: string): Promise<string> => pepper.of('merchantUserKey', key);
  const seal = (key: string, mac: string): Promise<string> => cipher.seal(key, context(mac));
  const earlier = [...(previous === null ? [] : [previous]), ...retired];
  return {
    hmac: (key) => nameUnder(index, key),
    seal,
    async of(merchantUserKey) {
      const mac = await nameUnder(index, merchantUserKey);
      const sealed = await seal(merchantUserKey, mac);
      if (previous === null) return { hmac: mac, sealed };
      return { hmac: mac, sealed, former: await nameUnder(previous, merchantUserKey) };
    },
    open: (reference) => cipher.open(reference.sealed, context(reference.hmac)),
    wrap: (hmac) => index.of('tombstone', hmac),
    async aliases(merchantUserKey) {
      const names = new Set<string>();
      for (const [era, pepper] of earlier.entries()) {
        // A tombstone is hashed again under each pepper that follows, unless it was held back at the time.
        let forms = [await nameUnder(pepper, merchantUserKey)];
        for (const later of [...earlier.slice(0, era).reverse(), index]) {
          forms = [...forms, ...(await Promise.all(forms.map((form) => later.of('tombstone', form))))];
        }
        for (const form of forms) names.add(form);
      }
      return [...names];
    },
  };
}

/** Binds the sealed key to its person, so that two rows cannot exchange theirs. */
function context(hmac: string): string {
  return `person:${hmac}`;
}
