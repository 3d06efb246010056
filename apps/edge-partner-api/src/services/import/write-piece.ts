import type { ImportLineError } from '@facepass-kit/protocol';
import type { ImportOptions, ImportStore } from '../../store/imports/import-store.ts';
import { MemberConflictError } from '../../store/member-directory.ts';
import type { MemberService } from '../member-service.ts';
import { conflict, membersIn, type PieceText } from './check-piece.ts';

/**
 * Writes what of a piece differs from what is stored. Writing it again writes nothing. What
 * has come to conflict since the file was checked is left out and named.
 */
export async function writePiece(parts: {
  readonly id: string;
  readonly store: ImportStore;
  readonly members: MemberService;
  readonly options: ImportOptions;
  readonly piece: PieceText;
  readonly atMs: number;
}): Promise<{ readonly written: number; readonly errors: readonly ImportLineError[] }> {
  const { id, store, members, options, piece, atMs } = parts;
  const lines = membersIn(piece, options).flatMap(({ line, member }) =>
    member === null ? [] : [{ line, member }],
  );
  const compared = await members.compare(lines.map(({ member }) => member));
  const people = compared.map(({ person, ci }, position) => ({
    person,
    ci,
    line: lines[position]?.line ?? 0,
  }));
  const { persons } = await store.linesOf(id, people);
  const errors: ImportLineError[] = [];
  let rest = lines.filter(({ line }, position) => {
    const { person = '', effect = 'unchanged' } = compared[position] ?? {};
    // What was wrong when the file was checked is named already.
    if (persons.get(person) !== line) return false;
    const error = conflict(effect);
    if (error !== null) errors.push({ line, ...error });
    return effect === 'added' || effect === 'changed';
  });
  while (rest.length > 0) {
    try {
      await members.write(
        rest.map(({ member }) => member),
        atMs,
      );
      break;
    } catch (error) {
      if (!(error instanceof MemberConflictError) || error.positions.length === 0) throw error;
      const refused = new Set(error.positions);
      for (const position of refused) {
        const line = rest[position]?.line;
        const why = conflict(error.kind);
        if (line !== undefined && why !== null) errors.push({ line, ...why });
      }
      rest = rest.filter((_, position) => !refused.has(position));
    }
  }
  return { written: rest.length, errors };
}
