import { type BackfillProgress, type MirrorStream, mirrorStream } from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf, type Statement } from '../store/database.ts';
import { cut, floorToTick } from '../sync/plan.ts';

/**
 * Older history, as slices like any other: every run reads them from new to old with what its budget leaves after
 * the present, so that a backfill of years survives deployments and failures and needs no process of its own.
 */
export interface Backfill {
  /** Extends the mirror's plan back to `fromMs`; what is planned already is not planned twice. */
  start(fromMs: number): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Gives up what is not read yet; what was read stays. */
  cancel(): Promise<void>;
  progress(): Promise<BackfillProgress[]>;
}

const planned = z.object({
  stream: mirrorStream,
  generation: z.number(),
  planned_from: z.number().nullable(),
});

const progressRow = z.object({
  stream: mirrorStream,
  paused: z.number(),
  slices: z.number(),
  done: z.number(),
  fetched: z.number(),
  started_at: z.number().nullable(),
  closed_at: z.number().nullable(),
  span: z.number(),
  left: z.number(),
  open_until: z.number().nullable(),
  planned_from: z.number().nullable(),
});

export function createBackfill(database: Database, now: () => number): Backfill {
  const setPaused = async (paused: 0 | 1): Promise<void> => {
    await database.execute([
      {
        sql: `UPDATE generations SET backfill_paused = ?1
              WHERE (stream, generation) IN (SELECT stream, generation FROM streams)`,
        params: [paused],
      },
    ]);
  };

  return {
    async start(fromMs) {
      const rows = await rowsOf(
        database,
        'SELECT stream, generation, planned_from FROM streams JOIN generations USING (stream, generation)',
      );
      const statements = rows.flatMap((row) =>
        startStatements(planned.parse(row), floorToTick(fromMs), now()),
      );
      if (statements.length > 0) await database.execute(statements);
    },
    pause: () => setPaused(1),
    resume: () => setPaused(0),
    async cancel() {
      await database.execute([
        {
          // The covered stretch ends where the newest unread slice ends: beyond it there are gaps.
          sql: `UPDATE generations SET backfill_paused = 0, planned_from = coalesce(
                  (SELECT max(to_ms) FROM slices WHERE slices.stream = generations.stream
                     AND slices.generation = generations.generation AND state = 'open' AND kind = 'backfill'),
                  planned_from)`,
        },
        {
          sql: "UPDATE slices SET state = 'cancelled', closed_at = ?1 WHERE state = 'open' AND kind = 'backfill'",
          params: [now()],
        },
      ]);
    },
    async progress() {
      const rows = await rowsOf(
        database,
        `SELECT streams.stream, backfill_paused AS paused, planned_from, coalesce(sum(state IN ('open', 'done')), 0) AS slices,
           coalesce(sum(state = 'done'), 0) AS done, coalesce(sum(fetched), 0) AS fetched,
           min(created_at) AS started_at, max(slices.closed_at) AS closed_at,
           coalesce(sum(CASE WHEN state IN ('open', 'done') THEN to_ms - from_ms END), 0) AS span,
           coalesce(sum(CASE WHEN state = 'open' THEN to_ms - from_ms END), 0) AS left,
           max(CASE WHEN state = 'open' THEN to_ms END) AS open_until
         FROM streams JOIN generations USING (stream, generation)
         LEFT JOIN slices ON slices.stream = streams.stream AND slices.generation = streams.generation
           AND kind = 'backfill'
         GROUP BY streams.stream ORDER BY streams.stream`,
      );
      return rows.map((row) => progressOf(progressRow.parse(row), now()));
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
            WHERE (SELECT planned_from FROM generations WHERE stream = ?1 AND generation = ?2) = ?5`,
      params: [stream, generation, JSON.stringify(slices), nowMs, planned_from],
    },
    {
      sql: `UPDATE generations SET planned_from = ?3 WHERE stream = ?1 AND generation = ?2 AND planned_from = ?4`,
      params: [stream, generation, fromMs, planned_from],
    },
  ];
}

function progressOf(row: z.infer<typeof progressRow>, nowMs: number): BackfillProgress {
  const read = row.span - row.left;
  const elapsedMs = row.started_at === null ? 0 : nowMs - row.started_at;
  const stream: MirrorStream = row.stream;
  return {
    stream,
    state: row.slices === 0 ? 'none' : row.left === 0 ? 'done' : row.paused === 1 ? 'paused' : 'running',
    slices: row.slices,
    slicesDone: row.done,
    fetched: row.fetched,
    startedAt: row.started_at,
    completeFrom: row.open_until ?? row.planned_from,
    etaMs: row.left === 0 || read === 0 ? null : Math.round((elapsedMs / read) * row.left),
  };
}
