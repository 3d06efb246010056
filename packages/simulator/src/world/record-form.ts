import { ulid, uuid } from './ids.ts';
import type { Personality } from './personality.ts';
import type { Random } from './random.ts';

/** Above 2^53 a JSON number loses its last digits; ids there must stay text everywhere. */
const beyondSafeIntegers = 2n ** 53n;

/** A record's id on the wire. */
export function recordIdOf({ idForm }: Personality, sequence: number, atMs: number, random: Random): string {
  switch (idForm) {
    case 'sequence':
      return String(sequence);
    case 'beyond-2-53':
      return String(beyondSafeIntegers + BigInt(sequence));
    case 'uuid':
      return uuid(random);
    case 'ulid':
      return ulid(atMs, random);
  }
}

/** The time an event gets: whole seconds, unless the personality keeps what lies below them. */
export function eventTimeOf({ subSecond }: Personality, atMs: number): number {
  return subSecond === 'none' ? Math.floor(atMs / 1000) * 1000 : atMs;
}
