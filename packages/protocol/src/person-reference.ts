import * as z from 'zod';
import type { BlindIndex } from './blind-index.ts';
import type { DataCipher } from './data-cipher.ts';

/**
 * How a person is named wherever our parts talk about them: never by the `merchantUserKey` itself.
 * `hmac` matches one mention with another; `sealed` gives the key back to who holds the data key.
 */
export const personReference = z.object({
  hmac: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  sealed: z.string().min(1),
});
export type PersonReference = z.infer<typeof personReference>;

export interface PersonReferences {
  of(merchantUserKey: string): Promise<PersonReference>;
  hmac(merchantUserKey: string): Promise<string>;
  /** `sealed` of a reference whose `hmac` is known. */
  seal(merchantUserKey: string, hmac: string): Promise<string>;
  /** The `merchantUserKey` behind a reference. */
  open(reference: PersonReference): Promise<string>;
}

export function createPersonReferences(index: BlindIndex, cipher: DataCipher): PersonReferences {
  const hmac = (key: string): Promise<string> => index.of('merchantUserKey', key);
  const seal = (key: string, mac: string): Promise<string> => cipher.seal(key, context(mac));
  return {
    hmac,
    seal,
    async of(merchantUserKey) {
      const mac = await hmac(merchantUserKey);
      return { hmac: mac, sealed: await seal(merchantUserKey, mac) };
    },
    open: (reference) => cipher.open(reference.sealed, context(reference.hmac)),
  };
}

/** Binds the sealed key to its person, so that two rows cannot exchange theirs. */
function context(hmac: string): string {
  return `person:${hmac}`;
}
