import {
  MISSING_DECISIONS_MAX,
  type MissingDecisionsQuery,
  missingDecisionsQuery,
  type UnusedPermits,
  type UnusedPermitsQuery,
  unusedPermit,
  unusedPermitsQuery,
} from '@facepass-kit/protocol';
import { z } from 'zod';
import { LATEST_AFTER_MS } from '../reconcile/match.ts';
import { type Database, rowsOf } from '../store/database.ts';

/** What the guard is told about the decisions it made. */
export interface DecisionFeedback {
  unusedPermits(query: UnusedPermitsQuery): Promise<UnusedPermits>;
  missing(query: MissingDecisionsQuery): Promise<number[]>;
}

/** Whatever a permit reserved is over by then: areas are emptied daily, and a week's quota ends with the week. */
const REVOCABLE_MS = 8 * 24 * 60 * 60_000;
/**
 * Permits are told only where answers and records matched within so long before. A wrong time zone, or a clock that is
 * far off, makes every permit look unused: nobody is to lose their place in an area, nor everybody, over that.
 */
const MATCHED_WITHIN_MS = 24 * 60 * 60_000;
/** A permit is repeated for ten minutes at most; FacePass records when it is over. */
const REPEATED_MS = 10 * 60_000;

const hourRow = z.object({ hour_ms: z.number(), compared_at: z.number() });

export function createDecisionFeedback(database: Database, now: () => number): DecisionFeedback {
  /** The hour of the cursor, or the one compared after it. */
  const hourAt = async ({ comparedAt, hourMs }: Cursor) => {
    const rows = await rowsOf(
      database,
      `SELECT hour_ms, compared_at FROM reconciliations AS r
       WHERE hour_ms >= ?3 AND (compared_at, hour_ms) >= (?1, ?2)
         AND EXISTS (SELECT 1 FROM reconciliations AS near WHERE near.hour_ms > r.hour_ms - ?4
           AND near.hour_ms <= r.hour_ms AND near.matched > 0)
       ORDER BY compared_at, hour_ms LIMIT 2`,
      [comparedAt, hourMs, now() - REVOCABLE_MS, MATCHED_WITHIN_MS],
    );
    return rows.map((row) => hourRow.parse(row));
  };

  return {
    async unusedPermits(query) {
      const { after, limit } = unusedPermitsQuery.parse(query);
      const cursor = readCursor(after);
      const hours = await hourAt(cursor);
      for (const hour of hours) {
        const isSame = hour.compared_at === cursor.comparedAt && hour.hour_ms === cursor.hourMs;
        const from = isSame ? cursor.sequence : 0;
        // Somebody who entered at all in reach of the permit or of its repeats used it: nothing is taken back
        // on a doubt. The guard's own decisions only: the others reserved nothing.
        const rows = await rowsOf(
          database,
          `SELECT d.id AS decisionId, d.sequence AS sequence
           FROM findings f JOIN decisions d ON d.id = f.decision_id
           WHERE f.hour_ms = ?1 AND f.kind = 'permit_unused' AND d.source = 'guard' AND d.sequence > ?2
             AND NOT EXISTS (
               SELECT 1 FROM verifications v
               WHERE v.generation = (SELECT generation FROM streams WHERE stream = 'verifications')
                 AND v.person_id = d.person_id AND v.status = 'SUCCESS' AND v.absent_at IS NULL
                 AND v.verified_at >= d.at - ?4 AND v.verified_at <= ?4 + coalesce((
                   SELECT max(r.at) FROM decisions r
                   WHERE r.person_id = d.person_id AND r.at >= d.at AND r.at <= d.at + ?5 AND r.repeat_of = d.id), d.at))
           ORDER BY d.sequence LIMIT ?3`,
          [hour.hour_ms, from, limit, LATEST_AFTER_MS, REPEATED_MS],
        );
        const permits = rows.map((row) => unusedPermit.parse(row));
        if (permits.length === 0 && hour !== hours.at(-1)) continue;
        const sequence = permits.at(-1)?.sequence ?? from;
        return {
          permits,
          next: writeCursor({ comparedAt: hour.compared_at, hourMs: hour.hour_ms, sequence }),
        };
      }
      return { permits: [], next: after };
    },

    async missing(query) {
      const { source, after, through } = missingDecisionsQuery.parse(query);
      const rows = await rowsOf(
        database,
        `WITH here(sequence) AS (
           SELECT ?2 UNION ALL
           SELECT sequence FROM decisions WHERE source = ?1 AND sequence > ?2 AND sequence <= ?3
           UNION ALL SELECT ?3 + 1)
         SELECT before, sequence FROM (
           SELECT sequence, lag(sequence) OVER (ORDER BY sequence) AS before FROM here)
         WHERE sequence - before > 1 ORDER BY sequence LIMIT ?4`,
        [source, after, through, MISSING_DECISIONS_MAX],
      );
      const numbers: number[] = [];
      for (const row of rows) {
        const gap = z.object({ before: z.number(), sequence: z.number() }).parse(row);
        for (let n = gap.before + 1; n < gap.sequence && numbers.length < MISSING_DECISIONS_MAX; n++) {
          numbers.push(n);
        }
      }
      return numbers;
    },
  };
}

/** How far permits have been told: the comparison, its hour, and the last number within it. */
interface Cursor {
  readonly comparedAt: number;
  readonly hourMs: number;
  readonly sequence: number;
}

function readCursor(text: string | null): Cursor {
  const [, comparedAt = '0', hourMs = '0', sequence = '0'] = /^(\d+)-(\d+)-(\d+)$/.exec(text ?? '') ?? [];
  return { comparedAt: Number(comparedAt), hourMs: Number(hourMs), sequence: Number(sequence) };
}

function writeCursor({ comparedAt, hourMs, sequence }: Cursor): string {
  return `${comparedAt}-${hourMs}-${sequence}`;
}
