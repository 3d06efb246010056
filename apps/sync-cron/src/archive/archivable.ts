import { z } from 'zod';
import { type Database, rowsOf } from '../store/database.ts';
import { provenStretch } from '../store/proof-store.ts';
import type { Month } from './months.ts';

const HOUR_MS = 3_600_000;

const standing = z.object({
  planned_from: z.number().nullable(),
  planned_until: z.number().nullable(),
  rewalks: z.string(),
  open: z.number(),
  missing: z.number(),
  to_compare: z.number(),
});

/**
 * Whether everything about a month is settled: read to its end, and not being read again as a whole, proven by a second reading, no row of it waiting to
 * be found absent, and its answers compared a second time. Nothing else may be moved out of reach.
 */
export async function isSettled(database: Database, { fromMs, toMs }: Month): Promise<boolean> {
  const [row] = await rowsOf(
    database,
    `SELECT planned_from, planned_until, rewalks,
       (SELECT count(*) FROM slices WHERE slices.stream = streams.stream AND slices.generation = streams.generation
          AND state = 'open' AND from_ms < ?2 AND to_ms > ?1)
         + EXISTS (SELECT 1 FROM generations AS g WHERE g.stream = streams.stream AND phase = 'filling') AS open,
       (SELECT count(*) FROM missing_rows JOIN verifications USING (generation, id)
        WHERE missing_rows.stream = streams.stream AND missing_rows.generation = streams.generation
          AND verified_at >= ?1 AND verified_at < ?2) AS missing,
       (SELECT count(*) FROM reconciliations WHERE hour_ms >= ?1 AND hour_ms < ?2 AND pass = 1)
         + (EXISTS (SELECT 1 FROM decisions WHERE at >= ?1 AND at < ?2)
            AND coalesce((SELECT max(hour_ms) FROM reconciliations), 0) < ?3) AS to_compare
     FROM streams JOIN generations USING (stream, generation) WHERE streams.stream = 'verifications'`,
    [fromMs, toMs, toMs - HOUR_MS],
  );
  const { planned_from, planned_until, rewalks, open, missing, to_compare } = standing.parse(row);
  if (planned_from === null || planned_until === null || planned_until < toMs) return false;
  const proven = provenStretch(rewalks);
  return (
    open + missing + to_compare === 0 &&
    proven !== null &&
    proven.fromMs <= Math.max(fromMs, planned_from) &&
    proven.untilMs >= toMs
  );
}
