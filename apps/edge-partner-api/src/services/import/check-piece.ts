import { TAGS_MAX } from '@facepass-kit/access/schema';
import type { ImportLineError } from '@facepass-kit/protocol';
import type { CheckedPiece, ImportOptions, ImportStore } from '../../store/imports/import-store.ts';
import type { Comparison } from '../../store/member-directory.ts';
import type { MemberService } from '../member-service.ts';
import { readMembers } from './read-members.ts';

export interface PieceText {
  readonly text: string;
  readonly firstLine: number;
}

/** Records of a piece without the first line of a CSV, which names the columns. */
export function membersIn({ text, firstLine }: PieceText, options: ImportOptions) {
  const lines = [...readMembers(text, firstLine, options)];
  return options.format === 'csv' && firstLine === 1 ? lines.slice(1) : lines;
}

/** Reads a piece and says of every line what writing it would do. */
export async function checkPiece(parts: {
  readonly id: string;
  readonly store: ImportStore;
  readonly members: MemberService;
  readonly options: ImportOptions;
  readonly piece: PieceText;
}): Promise<CheckedPiece> {
  const { id, store, members, options, piece } = parts;
  const lines = membersIn(piece, options);
  const errors = lines.flatMap((line) => line.errors);
  const readable = lines.flatMap(({ line, member }) => (member === null ? [] : [{ line, member }]));
  const compared = await members.compare(readable.map(({ member }) => member));
  const people = compared.map(({ person, ci }, position) => ({
    person,
    ci,
    line: readable[position]?.line ?? 0,
  }));
  const { persons, cis } = await store.linesOf(id, people);
  const right: typeof people = [];
  const effects = { added: 0, changed: 0, unchanged: 0, erased: 0, ci_taken: 0, too_many_tags: 0 };
  for (const [position, { person, line, ci }] of people.entries()) {
    const effect = compared[position]?.effect ?? 'changed';
    const error = problemOf(
      effect,
      firstOther(persons, person, line),
      ci === null ? null : firstOther(cis, ci, line),
    );
    if (error !== null) errors.push({ line, ...error });
    else {
      effects[effect] += 1;
      right.push({ person, line, ci });
    }
  }
  const { added, changed, unchanged } = effects;
  const invalid = new Set(errors.map(({ line }) => line)).size;
  return { people: right, errors, invalid, added, changed, unchanged };
}

/** The other line on which this was first seen, or null; remembers this one. */
function firstOther(seen: Map<string, number>, what: string, line: number): number | null {
  const first = seen.get(what);
  if (first === undefined) seen.set(what, line);
  return first === undefined || first === line ? null : first;
}

function problemOf(
  effect: Comparison['effect'],
  sameMember: number | null,
  sameCi: number | null,
): Omit<ImportLineError, 'line'> | null {
  if (sameMember !== null) {
    return {
      column: 'merchantUserKey',
      code: 'DUPLICATE_MEMBER',
      hint: `The member stands on line ${sameMember} already.`,
    };
  }
  if (sameCi !== null) {
    return { column: 'ci', code: 'DUPLICATE_CI', hint: `Another member has this CI on line ${sameCi}.` };
  }
  return conflict(effect);
}

const CONFLICTS: Readonly<Record<string, Omit<ImportLineError, 'line'>>> = {
  erased: {
    column: 'merchantUserKey',
    code: 'ERASED',
    hint: 'The member was erased, and comes back only where readmit is true.',
  },
  ci_taken: {
    column: 'ci',
    code: 'CI_TAKEN',
    hint: 'Another member has this CI: correct or erase that one first.',
  },
  too_many_tags: {
    column: 'tag',
    code: 'TOO_MANY_TAGS',
    hint: `With those that are stored the member would have more than ${TAGS_MAX}: empty cells take tags away.`,
  },
};

/** Why a line that reads well cannot be written; null where it can. */
export function conflict(effect: Comparison['effect']): Omit<ImportLineError, 'line'> | null {
  return CONFLICTS[effect] ?? null;
}
