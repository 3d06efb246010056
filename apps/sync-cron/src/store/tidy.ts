import { z } from 'zod';
import { type Database, rowsOf } from './database.ts';

const DAY_MS = 86_400_000;
/** How long it is kept what runs did, and by which slices and commits. Proofs, and the slices of a backfill, stay. */
const KEPT_MS = 90 * DAY_MS;
/** Slices dropped at once: what two days of runs leave, and well below the 30 seconds of a statement. */
const SLICES_PER_STEP = 3_000;

const oldestRow = z.object({ oldest: z.number().nullable() });

/** Drops what is only told of long ago, once a day; returns how many slices went. */
export async function tidy(database: Database, nowMs: number): Promise<number> {
  const [row] = await rowsOf(database, 'SELECT min(started_at) AS oldest FROM runs');
  const { oldest } = oldestRow.parse(row);
  const before = nowMs - KEPT_MS;
  if (oldest === null || oldest >= before - DAY_MS) return 0;
  const old = `SELECT id FROM slices WHERE state <> 'open' AND closed_at < ?1 AND kind IN ('forward', 'rewalk')
    ORDER BY closed_at LIMIT ?2`;
  const [, slices] = await database.execute([
    { sql: `DELETE FROM commits WHERE slice_id IN (${old})`, params: [before, SLICES_PER_STEP] },
    { sql: `DELETE FROM slices WHERE id IN (${old})`, params: [before, SLICES_PER_STEP] },
    {
      // The last of them stay while there are more slices to drop, so that the next run goes on.
      sql: `DELETE FROM runs WHERE started_at < ?1 AND NOT EXISTS (SELECT 1 FROM slices WHERE state <> 'open'
              AND closed_at < ?1 AND kind IN ('forward', 'rewalk'))`,
      params: [before],
    },
  ]);
  return slices?.changes ?? 0;
}
