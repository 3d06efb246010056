import type { DataCipher, ImportLineError, ImportState, importView } from '@facepass-kit/protocol';
import type { z } from 'zod';
import type { Column } from '../../services/import/csv-columns.ts';
import type { ImportFormat, Piece } from '../../services/import/record-cutter.ts';
import type { Person } from '../member-directory.ts';
import { type ImportRow, importColumns, readImport } from './import-row.ts';

/** What was asked for when the file came. */
export interface ImportOptions {
  readonly mode: 'upsert' | 'replace';
  readonly format: ImportFormat;
  readonly columns: readonly Column[];
  readonly dryRun: boolean;
  readonly partial: boolean;
  readonly leavers: 'suspend' | 'erase';
  readonly maxRemovedPercent: number;
  readonly utcOffset: string;
  /** The pepper under which the staged people are named. */
  readonly pepperId: string;
}

/** An import as its owner sees it, and what only we need of it. */
export interface StoredImport {
  readonly view: z.output<typeof importView>;
  readonly options: ImportOptions;
  readonly confirmed: number | null;
}

/** A line that names a person, and is right. */
export interface ImportedPerson {
  readonly person: Person;
  readonly line: number;
  readonly ci: string | null;
}

export interface CheckedPiece {
  readonly people: readonly ImportedPerson[];
  readonly errors: readonly ImportLineError[];
  /** Lines with an error. */
  readonly invalid: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** Where a state goes on: another one, with what is known by then. */
export interface ImportMove {
  readonly from: ImportState;
  readonly to: ImportState;
  readonly leaving?: number;
  readonly membersBefore?: number;
  readonly confirmed?: number;
}

/** Imports between the file and the directory. Every write names the state it counts on, and else changes nothing. */
export interface ImportStore {
  create(
    id: string,
    options: ImportOptions,
    by: { readonly actor: string; readonly reason: string },
    atMs: number,
  ): Promise<void>;
  addPiece(id: string, number: number, piece: Piece, text: string): Promise<void>;
  /** False where another import is running. */
  received(id: string, pieces: number, columns: readonly Column[], atMs: number): Promise<boolean>;
  /** Forgets an import whose file could not be read. */
  drop(id: string): Promise<void>;
  get(id: string): Promise<StoredImport | null>;
  list(limit: number): Promise<StoredImport[]>;
  running(): Promise<string | null>;
  piece(id: string, number: number): Promise<{ readonly text: string; readonly firstLine: number } | null>;
  /** The lines on which earlier pieces name these people, or their CIs. */
  linesOf(
    id: string,
    people: readonly ImportedPerson[],
  ): Promise<{ readonly persons: Map<Person, number>; readonly cis: Map<string, number> }>;
  checked(id: string, piece: number, found: CheckedPiece, atMs: number): Promise<void>;
  wrote(
    id: string,
    piece: number,
    written: number,
    errors: readonly ImportLineError[],
    atMs: number,
  ): Promise<void>;
  removed(id: string, count: number, atMs: number): Promise<void>;
  /** False where the import was not in that state, or another one is running. */
  move(id: string, move: ImportMove, atMs: number): Promise<boolean>;
  /** Begins again with the checks, under another pepper. */
  recheck(id: string, pepperId: string, atMs: number): Promise<boolean>;
  errors(id: string): Promise<ImportLineError[]>;
  /** Expires what nobody confirmed or finished since `beforeMs`, and deletes files that are not needed any more. */
  tidy(beforeMs: number, atMs: number): Promise<void>;
}

/** Errors kept for reading; the rest is only counted. */
const ERRORS_KEPT = 1_000;

const pieceOf = (id: string, number: number): string => `import:${id}:${number}`;

export function createD1ImportStore(db: D1Database, cipher: DataCipher): ImportStore {
  const all = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
    (
      await db
        .prepare(sql)
        .bind(...values)
        .all<T>()
    ).results;

  const insertErrors = (id: string, errors: readonly ImportLineError[]): D1PreparedStatement =>
    db
      .prepare(
        `INSERT INTO import_errors (import_id, line, field, code, hint)
         SELECT ?1, value ->> 'line', coalesce(value ->> 'column', ''), value ->> 'code', value ->> 'hint' FROM json_each(?2)
         WHERE (SELECT count(*) FROM import_errors WHERE import_id = ?1) < ${ERRORS_KEPT}
         ON CONFLICT DO NOTHING`,
      )
      .bind(id, JSON.stringify(errors.slice(0, ERRORS_KEPT)));

  /** Deletes what was staged for imports that are over. */
  const clear = (): D1PreparedStatement[] =>
    ['import_pieces', 'import_people'].map((table) =>
      db.prepare(
        `DELETE FROM ${table} WHERE import_id NOT IN (SELECT id FROM imports
           WHERE state NOT IN ('done', 'rejected', 'cancelled', 'expired'))`,
      ),
    );

  /** Of an import that has just begun to be checked again; not where another was first, and lines are checked by now. */
  const forgetChecks = (id: string): D1PreparedStatement[] =>
    ['import_errors', 'import_people'].map((table) =>
      db
        .prepare(
          `DELETE FROM ${table} WHERE import_id = ?1
             AND EXISTS (SELECT 1 FROM imports WHERE id = ?1 AND state = 'checking' AND pieces_done = 0)`,
        )
        .bind(id),
    );

  return {
    async create(id, options, { actor, reason }, atMs) {
      await db
        .prepare(
          `INSERT INTO imports (id, state, options, actor, reason, created_at, updated_at)
           VALUES (?1, 'receiving', ?2, ?3, ?4, ?5, ?5)`,
        )
        .bind(id, JSON.stringify(options), actor, reason, atMs)
        .run();
    },

    async addPiece(id, number, { firstLine }, text) {
      await db
        .prepare('INSERT INTO import_pieces (import_id, number, first_line, sealed) VALUES (?1, ?2, ?3, ?4)')
        .bind(id, number, firstLine, await cipher.seal(text, pieceOf(id, number)))
        .run();
    },

    async received(id, pieces, columns, atMs) {
      const { meta } = await db
        .prepare(
          `UPDATE OR IGNORE imports SET state = 'checking', pieces = ?2, updated_at = ?4,
             options = json_set(options, '$.columns', json(?3)),
             members_before = (SELECT count(*) FROM members WHERE status <> 'erased')
           WHERE id = ?1 AND state = 'receiving'`,
        )
        .bind(id, pieces, JSON.stringify(columns), atMs)
        .run();
      return meta.changes > 0;
    },

    async drop(id) {
      await db.batch([
        db.prepare("DELETE FROM imports WHERE id = ?1 AND state = 'receiving'").bind(id),
        ...clear(),
      ]);
    },

    async get(id) {
      const [row] = await all<ImportRow>(`SELECT ${importColumns} FROM imports WHERE id = ?1`, id);
      return row === undefined ? null : readImport(row);
    },

    list: async (limit) =>
      (
        await all<ImportRow>(`SELECT ${importColumns} FROM imports ORDER BY created_at DESC LIMIT ?1`, limit)
      ).map(readImport),

    running: async () => await db.prepare('SELECT id FROM imports WHERE running = 1').first<string>('id'),

    async piece(id, number) {
      const [row] = await all<{ first_line: number; sealed: string }>(
        'SELECT first_line, sealed FROM import_pieces WHERE import_id = ?1 AND number = ?2',
        id,
        number,
      );
      if (row === undefined) return null;
      return { text: await cipher.open(row.sealed, pieceOf(id, number)), firstLine: row.first_line };
    },

    async linesOf(id, people) {
      const json = JSON.stringify(people);
      const rows = await all<{ person: string | null; ci: string | null; line: number }>(
        `SELECT person, NULL AS ci, line FROM import_people
           WHERE import_id = ?1 AND person IN (SELECT value ->> 'person' FROM json_each(?2))
         UNION ALL
         SELECT NULL, ci_index, line FROM import_people
           WHERE import_id = ?1 AND ci_index IN (SELECT value ->> 'ci' FROM json_each(?2))`,
        id,
        json,
      );
      return {
        persons: new Map(rows.flatMap(({ person, line }) => (person === null ? [] : [[person, line]]))),
        cis: new Map(rows.flatMap(({ ci, line }) => (ci === null ? [] : [[ci, line]]))),
      };
    },

    async checked(id, piece, { people, errors, invalid, added, changed, unchanged }, atMs) {
      await db.batch([
        db
          .prepare(
            `INSERT INTO import_people (import_id, person, line, ci_index)
             SELECT ?1, value ->> 'person', value ->> 'line', value ->> 'ci' FROM json_each(?2) WHERE true
             ON CONFLICT DO NOTHING`,
          )
          .bind(id, JSON.stringify(people)),
        insertErrors(id, errors),
        db
          .prepare(
            `UPDATE imports SET pieces_done = pieces_done + 1, invalid = invalid + ?3, added = added + ?4,
               changed = changed + ?5, unchanged = unchanged + ?6, updated_at = ?7
             WHERE id = ?1 AND state = 'checking' AND pieces_done = ?2`,
          )
          .bind(id, piece, invalid, added, changed, unchanged, atMs),
      ]);
    },

    async wrote(id, piece, written, errors, atMs) {
      await db.batch([
        insertErrors(id, errors),
        db
          .prepare(
            `UPDATE imports SET pieces_done = pieces_done + 1, written = written + ?3, invalid = invalid + ?4, updated_at = ?5
             WHERE id = ?1 AND state = 'writing' AND pieces_done = ?2`,
          )
          .bind(id, piece, written, errors.length, atMs),
      ]);
    },

    async removed(id, count, atMs) {
      await db
        .prepare(
          "UPDATE imports SET removed = removed + ?2, updated_at = ?3 WHERE id = ?1 AND state = 'removing'",
        )
        .bind(id, count, atMs)
        .run();
    },

    async move(id, { from, to, leaving, membersBefore, confirmed }, atMs) {
      const recount = to === 'checking' ? ', invalid = 0, added = 0, changed = 0, unchanged = 0' : '';
      const over = ['done', 'rejected', 'cancelled', 'expired'].includes(to);
      const [moved] = await db.batch([
        db
          .prepare(
            `UPDATE OR IGNORE imports SET state = ?3, updated_at = ?4, pieces_done = 0 ${recount},
               leaving = coalesce(?5, leaving), members_before = coalesce(?6, members_before),
               confirmed = coalesce(?7, confirmed)
             WHERE id = ?1 AND state = ?2`,
          )
          .bind(id, from, to, atMs, leaving ?? null, membersBefore ?? null, confirmed ?? null),
        ...(over ? clear() : []),
        ...(to === 'checking' ? forgetChecks(id) : []),
      ]);
      return (moved?.meta.changes ?? 0) > 0;
    },

    async recheck(id, pepperId, atMs) {
      await db.batch([
        db
          .prepare(
            `UPDATE imports SET state = 'checking', pieces_done = 0, invalid = 0, added = 0, changed = 0, unchanged = 0,
               options = json_set(options, '$.pepperId', ?2), updated_at = ?3
             WHERE id = ?1 AND state IN ('writing', 'removing')`,
          )
          .bind(id, pepperId, atMs),
        ...forgetChecks(id),
      ]);
      return true;
    },

    errors: async (id) =>
      await all<ImportLineError>(
        `SELECT line, nullif(field, '') AS "column", code, hint FROM import_errors
         WHERE import_id = ?1 ORDER BY line, field, code LIMIT ${ERRORS_KEPT}`,
        id,
      ),

    async tidy(beforeMs, atMs) {
      await db.batch([
        db
          .prepare(
            `UPDATE imports SET state = 'expired', updated_at = ?2
             WHERE state IN ('receiving', 'previewed', 'awaiting_confirmation') AND updated_at < ?1`,
          )
          .bind(beforeMs, atMs),
        ...clear(),
      ]);
    },
  };
}
