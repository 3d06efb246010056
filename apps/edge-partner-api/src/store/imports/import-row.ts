import type { ImportState } from '@facepass-kit/protocol';
import type { ImportOptions, StoredImport } from './import-store.ts';

export interface ImportRow {
  readonly id: string;
  readonly state: ImportState;
  readonly options: string;
  readonly actor: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly pieces: number;
  readonly piecesDone: number;
  readonly membersBefore: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly leaving: number;
  readonly invalid: number;
  readonly written: number;
  readonly removed: number;
  readonly confirmed: number | null;
}

/** The columns of an {@link ImportRow}. */
export const importColumns = `id, state, options, actor, reason, created_at AS createdAt, updated_at AS updatedAt,
  pieces, pieces_done AS piecesDone, members_before AS membersBefore, added, changed, unchanged, leaving, invalid,
  written, removed, confirmed`;

export function readImport({ options: json, confirmed, ...row }: ImportRow): StoredImport {
  // Written by `create` and `received` of the store, and by nothing else.
  const options = JSON.parse(json) as ImportOptions;
  const { mode, dryRun, partial, leavers, maxRemovedPercent } = options;
  return { view: { ...row, mode, dryRun, partial, leavers, maxRemovedPercent }, options, confirmed };
}
