import type { PersonReference } from '@facepass-kit/protocol';
import { withinBudget } from '../../services/budget.ts';
import type { MemberVersion, Person } from '../member-directory.ts';
import { type MemberProjection, PROJECTION_BUDGET_MS, readProjected } from '../member-projection.ts';
import type { Names } from './names.ts';
import { createReadsAtOnce } from './reads-at-once.ts';
import { type YoungChangeParts, youngChange } from './young-change.ts';

/**
 * Members as KV has them, for the guard: read when somebody asks, and kept in memory for who asks again. KV's members
 * are written by the guard alone, and before it writes one it has heard of the change: what is kept is then dropped.
 */
export interface KnownMembers {
  /**
   * As kept, or as changed while KV may not show it yet, or else as KV has them.
   * @throws where KV does not answer within its budget
   */
  find(person: PersonReference): MemberVersion | null | Promise<MemberVersion | null>;
  /** The person has changed, or goes by another name. */
  forget(person: Person): void;
}

/** Somebody who comes twice in an hour costs one read, and what was done to KV by hand is seen within that time. */
const KEPT_MS = 60 * 60_000;
/** Characters of JSON kept, a few times as much in memory: 50,000 members as they usually are, 400 at every limit. */
const KEPT_CHARACTERS = 16_000_000;

interface Kept {
  readonly member: MemberVersion;
  readonly characters: number;
  readonly until: number;
}

export interface KnownMembersParts extends YoungChangeParts {
  readonly projection: Pick<MemberProjection, 'read' | 'readMany'>;
  readonly names: Pick<Names, 'of' | 'asked'>;
  readonly keptCharacters?: number;
  readonly now?: () => number;
}

export function createKnownMembers(parts: KnownMembersParts): KnownMembers {
  const { names } = parts;
  const { keptCharacters = KEPT_CHARACTERS, now = () => Date.now() } = parts;
  const reads = createReadsAtOnce(parts.projection, PROJECTION_BUDGET_MS);
  const kept = new Map<Person, Kept>();
  let characters = 0;

  const forget = (person: Person): void => {
    const known = kept.get(person);
    if (known === undefined) return;
    kept.delete(person);
    characters -= known.characters;
  };

  const keep = (person: Person, member: MemberVersion): void => {
    forget(person);
    const size = JSON.stringify(member).length;
    kept.set(person, { member, characters: size, until: now() + KEPT_MS });
    characters += size;
    for (const oldest of kept.keys()) {
      if (characters <= keptCharacters) return;
      forget(oldest);
    }
  };

  const read = async (reference: PersonReference): Promise<MemberVersion | null> => {
    const member = await withinBudget(readProjected(reads, names.asked(reference)), PROJECTION_BUDGET_MS);
    const person = names.of(reference);
    // KV may be behind a change that came meanwhile, and would still be kept when nothing is left that knows better. Nor is
    // anybody kept under a name that the next change of theirs may not come under.
    const isSure = person === reference.hmac && youngChange(parts, reference) === null;
    if (member !== null && isSure) keep(person, member);
    else forget(person);
    return member;
  };

  return {
    find(reference) {
      const known = kept.get(names.of(reference));
      if (known !== undefined && known.until > now()) return known.member;
      return youngChange(parts, reference) ?? read(reference);
    },
    forget,
  };
}
