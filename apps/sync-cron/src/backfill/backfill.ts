import { z } from 'zod';
import { type Database, rowsOf, type Statement } from '../store/database.ts';
import { cut, floorToTick } from '../sync/plan.ts';

/**
 * Older history, as slices like any other, which a Workflow reads month by month from new to old beside the
 * scheduled runs. What is planned, paused or given up stands in the database alone.
 */
export interface Backfill {
  /** Extends the mirror's plan back to `fromMs`; what is planned already is not planned twice. */
  start(fromMs: number): Promise<void>;
  /** No slice of older history is taken up any more; those being read are finished. */
  pause(): Promise<void>;
  /** What FacePass refused, and was set aside, is tried again at once too. */
  resume(): Promise<void>;
  /** Gives up what is not read yet, a rebuild that is not read to its end included; what was read stays. */
  cancel(): Promise<void>;
}

const START_TRIES = 3;

const planned = z.object({
  stream: z.string(),
  generation: z.number(),
  planned_from: z.number().nullable(),
});

export function createBackfill(database: Database, now: () => number): Backfill {
  const setPaused = async (paused: 0 | 1): Promise<void> => {
    await database.execute([
      {
        sql: "UPDATE generations SET backfill_paused = ?1 WHERE phase IN ('kept', 'filling')",
        params: [paused],
      },
    ]);
  };

  return {
    async start(fromMs) {
      // Once more where the plan was moved, or a rebuild has changed over, since it was read.
      for (let tries = 0; tries < START_TRIES; tries++) {
        const rows = await rowsOf(
          database,
          'SELECT stream, generation, planned_from FROM streams JOIN generations USING (stream, generation)',
        );
        const statements = rows.flatMap((row) =>
          startStatements(planned.parse(row), floorToTick(fromMs), now()),
        );
        if (statements.length === 0) return;
        const results = await database.execute(statements);
        if (results.every(({ changes }) => changes > 0)) return;
      }
      throw new Error('the plan of older history is being moved: ask again in a minute');
    },
    pause: () => setPaused(1),
    async resume() {
      await setPaused(0);
      await database.execute([
        { sql: "UPDATE slices SET not_before = 0 WHERE state = 'open' AND set_aside_at IS NOT NULL" },
      ]);
    },
    async cancel() {
      const isOpen = "slices.state = 'open' AND kind = 'backfill'";
      const isLeft = `${isOpen} AND set_aside_at IS NULL`;
      const ownSlices = 'slices.stream = generations.stream AND slices.generation = generations.generation';
      await database.execute([
        {
          sql: `UPDATE generations SET phase = 'retired' WHERE phase = 'filling'
                  AND EXISTS (SELECT 1 FROM slices WHERE ${ownSlices} AND ${isOpen})`,
        },
        {
          // The covered stretch ends where the newest unread slice ends: beyond it there are gaps.
          sql: `UPDATE generations SET backfill_paused = 0, planned_from = coalesce(
                  (SELECT max(to_ms) FROM slices WHERE ${ownSlices} AND ${isLeft}), planned_from)`,
        },
        {
          // Nor does it begin with what FacePass refuses.
          sql: `UPDATE generations SET planned_from = (WITH RECURSIVE begins (at) AS (
                    SELECT generations.planned_from
                    UNION SELECT to_ms FROM slices JOIN begins ON from_ms <= at AND to_ms > at
                      WHERE ${ownSlices} AND ${isOpen} AND set_aside_at IS NOT NULL)
                  SELECT max(at) FROM begins) WHERE planned_from IS NOT NULL`,
        },
        {
          // What was set aside within the covered stretch is a hole in it, and still tried again.
          sql: `UPDATE slices SET state = 'cancelled', closed_at = ?1 WHERE ${isOpen} AND (set_aside_at IS NULL
                  OR EXISTS (SELECT 1 FROM generations WHERE ${ownSlices}
                    AND (phase = 'retired' OR planned_from >= to_ms)))`,
          params: [now()],
        },
      ]);
    },
  };
}

function startStatements(
  { stream, generation, planned_from }: z.infer<typeof planned>,
  fromMs: number,
  nowMs: number,
): Statement[] {
  // Before the first run there is nothing to extend; the first run begins where it is configured to.
  if (planned_from === null || fromMs >= planned_from) return [];
  const slices = cut(fromMs, planned_from).map((range) => [range.fromMs, range.toMs]);
  return [
    {
      sql: `INSERT INTO slices (stream, generation, kind, from_ms, to_ms, created_at)
            SELECT ?1, ?2, 'backfill', value->>0, value->>1, ?4 FROM json_each(?3)
            WHERE (SELECT planned_from FROM generations JOIN streams USING (stream, generation) WHERE stream = ?1
              AND generation = ?2) = ?5`,
      params: [stream, generation, JSON.stringify(slices), nowMs, planned_from],
    },
    {
      sql: `UPDATE generations SET planned_from = ?3 WHERE stream = ?1 AND generation = ?2 AND planned_from = ?4
              AND generation = (SELECT generation FROM streams WHERE stream = ?1)`,
      params: [stream, generation, fromMs, planned_from],
    },
  ];
}
