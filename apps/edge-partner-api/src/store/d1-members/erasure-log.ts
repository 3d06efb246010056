import type { Person } from '../member-directory.ts';

export interface ErasureRecord {
  readonly person: Person;
  readonly version: number;
  readonly sequence: number;
  readonly erasedAt: number;
  readonly forgottenAt: number | null;
}

/** The proofs that people were erased, and whose records elsewhere are still to be cut. */
export interface ErasureLog {
  list(after: number, limit: number): Promise<ErasureRecord[]>;
  unfinished(limit: number): Promise<Person[]>;
  forgotten(person: Person, atMs: number): Promise<void>;
}

export function createErasureLog(db: D1Database): ErasureLog {
  return {
    async list(after, limit) {
      const { results } = await db
        .prepare(
          `SELECT person, version, sequence, erased_at AS erasedAt, forgotten_at AS forgottenAt FROM erasures
           WHERE sequence > ?1 ORDER BY sequence LIMIT ?2`,
        )
        .bind(after, limit)
        .all<ErasureRecord>();
      return results;
    },
    async unfinished(limit) {
      const { results } = await db
        .prepare('SELECT person FROM erasures WHERE forgotten_at IS NULL ORDER BY erased_at LIMIT ?1')
        .bind(limit)
        .all<{ person: string }>();
      return results.map(({ person }) => person);
    },
    async forgotten(person, atMs) {
      await db
        .prepare('UPDATE erasures SET forgotten_at = ?2 WHERE person = ?1 AND forgotten_at IS NULL')
        .bind(person, atMs)
        .run();
    },
  };
}
