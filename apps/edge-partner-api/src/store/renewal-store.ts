import type { RenewalStage } from '@facepass-kit/protocol';

/** A run that brings everything stored under the current pepper and data key, and how far it is. */
export interface RenewalRecord {
  readonly id: string;
  readonly state: 'running' | 'done';
  readonly stage: RenewalStage;
  readonly cursor: string | null;
  readonly members: number;
  readonly tombstones: number;
  readonly releases: number;
  readonly mirrored: number;
  readonly startedAt: number;
  readonly updatedAt: number;
}

export type RenewalCount = 'members' | 'tombstones' | 'releases' | 'mirrored';

export interface RenewalStore {
  /** False where one is running. */
  begin(id: string, by: { readonly actor: string; readonly reason: string }, atMs: number): Promise<boolean>;
  latest(): Promise<RenewalRecord | null>;
  count(id: string, what: RenewalCount, by: number, cursor: string | null, atMs: number): Promise<void>;
  /** Goes on to the next stage, or ends. */
  move(id: string, from: RenewalStage, to: RenewalStage, atMs: number): Promise<void>;
}

const COLUMNS = `id, state, stage, cursor, members, tombstones, releases, mirrored,
  started_at AS startedAt, updated_at AS updatedAt`;

export function createD1RenewalStore(db: D1Database): RenewalStore {
  return {
    async begin(id, { actor, reason }, atMs) {
      const { meta } = await db
        .prepare(
          `INSERT OR IGNORE INTO renewals (id, state, stage, actor, reason, started_at, updated_at)
           VALUES (?1, 'running', 'guard', ?2, ?3, ?4, ?4)`,
        )
        .bind(id, actor, reason, atMs)
        .run();
      return meta.changes > 0;
    },
    latest: async () =>
      await db
        .prepare(`SELECT ${COLUMNS} FROM renewals ORDER BY started_at DESC, running DESC LIMIT 1`)
        .first<RenewalRecord>(),
    async count(id, what, by, cursor, atMs) {
      await db
        .prepare(`UPDATE renewals SET ${what} = ${what} + ?2, cursor = ?3, updated_at = ?4 WHERE id = ?1`)
        .bind(id, by, cursor, atMs)
        .run();
    },
    async move(id, from, to, atMs) {
      await db
        .prepare(
          `UPDATE renewals SET stage = ?3, cursor = NULL, updated_at = ?4,
             state = CASE ?3 WHEN 'done' THEN 'done' ELSE state END WHERE id = ?1 AND stage = ?2`,
        )
        .bind(id, from, to, atMs)
        .run();
    },
  };
}
