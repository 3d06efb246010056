import type { Person } from '../member-directory.ts';
import { ERASED } from './rows.ts';

/** Members whom a file that names everybody does not name. */
export interface Leavers {
  /** How many leave, and of how many members. */
  count(
    importId: string,
    atMs: number,
    erase: boolean,
  ): Promise<{ readonly leaving: number; readonly members: number }>;
  /** Suspends the next ones; how many that were. */
  suspend(importId: string, importedAtMs: number, atMs: number): Promise<number>;
  /** Who the next ones are, at which version. */
  next(importId: string, importedAtMs: number, limit: number): Promise<Leaver[]>;
}

export interface Leaver {
  readonly person: Person;
  readonly version: number;
}

/** Leavers in one statement. */
const BATCH = 500;

/**
 * Whoever was written after the file came is none: the file could not know. ?1 is the import, ?2 when it came.
 */
const LEAVES = `status <> '${ERASED}' AND updated_at <= ?2 AND NOT EXISTS
  (SELECT 1 FROM import_people WHERE import_id = ?1 AND import_people.person = members.person)`;

/** Only as long as leavers are removed: of a file that was cancelled nobody knows any more whom it named. */
const REMOVED = `${LEAVES} AND EXISTS (SELECT 1 FROM imports WHERE id = ?1 AND state = 'removing')`;

const NEXT = `SELECT person FROM members WHERE status <> 'suspended' AND ${REMOVED} ORDER BY person LIMIT ${BATCH}`;

export function createLeavers(db: D1Database): Leavers {
  return {
    async count(importId, importedAtMs, erase) {
      const counted = await db
        .prepare(
          `SELECT (SELECT count(*) FROM members WHERE (?3 OR status <> 'suspended') AND ${LEAVES}) AS leaving,
             (SELECT count(*) FROM members WHERE status <> '${ERASED}') AS members`,
        )
        .bind(importId, importedAtMs, erase ? 1 : 0)
        .first<{ leaving: number; members: number }>();
      return counted ?? { leaving: 0, members: 0 };
    },

    async suspend(importId, importedAtMs, atMs) {
      const [recorded] = await db.batch([
        db
          .prepare(
            `INSERT INTO member_changes (person, version, facts, changed_at)
             SELECT person, version + 1, json_set(facts, '$.status', 'suspended'), ?3 FROM members
             WHERE person IN (${NEXT})`,
          )
          .bind(importId, importedAtMs, atMs),
        db
          .prepare(
            `UPDATE members SET facts = json_set(facts, '$.status', 'suspended'), version = version + 1, updated_at = ?3
             WHERE person IN (${NEXT})`,
          )
          .bind(importId, importedAtMs, atMs),
      ]);
      return recorded?.meta.changes ?? 0;
    },

    async next(importId, importedAtMs, limit) {
      const { results } = await db
        .prepare(`SELECT person, version FROM members WHERE ${REMOVED} ORDER BY person LIMIT ?3`)
        .bind(importId, importedAtMs, limit)
        .all<Leaver>();
      return results;
    },
  };
}
