import {
  type BlindIndex,
  createBlindIndex,
  createPersonReferences,
  type DataCipher,
  type PersonReferences,
} from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf } from '../store/database.ts';

/** Peppers as they are configured. */
export interface Peppers {
  readonly pepper: string;
  /** While the pepper is being changed: the one before. */
  readonly previousPepper: string | undefined;
  /** Replaced before, newest first. */
  readonly retiredPeppers: readonly string[];
}

/** How people are named in the mirror. */
export interface Naming {
  readonly index: BlindIndex;
  readonly people: PersonReferences;
}

/** What the mirror is named by now, and by what it is to be. */
export interface Namings {
  readonly now: Naming;
  readonly target: Naming & { readonly pepperId: string };
  /** The pepper of `now` as `renewal` has it; undefined where none is being changed. */
  readonly under: string | null | undefined;
  /** People have one name in some rows and another in others: nothing may be read or written but the renewal. */
  readonly moving: boolean;
}

const state = z.object({ pepper: z.string().nullable(), stage: z.string().nullable() });

/**
 * The mirror changes its pepper as a whole: it goes on under the one before until its own renewal has moved every
 * name, and stands still for these minutes. Doors do not wait for it, and what it misses it reads afterwards.
 */
export async function namingsOf(database: Database, peppers: Peppers, cipher: DataCipher): Promise<Namings> {
  const { pepper, previousPepper, retiredPeppers } = peppers;
  const index = await createBlindIndex(pepper);
  const retired = await Promise.all(retiredPeppers.map(createBlindIndex));
  const pepperId = await pepperIdOf(index);
  if (previousPepper === undefined) {
    const now = { index, people: createPersonReferences(index, cipher, { previous: null, retired }) };
    return { now, target: { ...now, pepperId }, under: undefined, moving: false };
  }
  const before = await createBlindIndex(previousPepper);
  const earlier = { previous: null, retired: [before, ...retired] };
  const target = { index, people: createPersonReferences(index, cipher, earlier), pepperId };
  const [row] = await rowsOf(database, 'SELECT pepper, stage FROM renewal');
  const { pepper: under, stage } = state.parse(row);
  const former = {
    index: before,
    people: createPersonReferences(before, cipher, { previous: null, retired }),
  };
  return { now: under === pepperId ? target : former, target, under, moving: stage !== null };
}

/** Enough to tell a handful of peppers apart, and nothing to find one by. */
const PEPPER_ID_LENGTH = 12;

async function pepperIdOf(index: BlindIndex): Promise<string> {
  return (await index.of('pepper', 'id')).slice(0, PEPPER_ID_LENGTH);
}
