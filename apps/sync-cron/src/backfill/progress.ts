import { type BackfillProgress, mirrorStream } from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf } from '../store/database.ts';

/** The pace is that of the last hour: a pause or a bad night does not spoil it for long. */
const PACE_MS = 3_600_000;

const progressRow = z.object({
  stream: mirrorStream,
  paused: z.number(),
  rebuilding: z.number(),
  slices: z.number(),
  done: z.number(),
  holes: z.number(),
  fetched: z.number(),
  started_at: z.number().nullable(),
  open_since: z.number().nullable(),
  left_ms: z.number(),
  paced_ms: z.number(),
  open_until: z.number().nullable(),
  planned_from: z.number().nullable(),
  month: z.string().nullable(),
});

/** How far older history is read, of either stream, from the rows of its slices. */
export async function readBackfillProgress(database: Database, nowMs: number): Promise<BackfillProgress[]> {
  const rows = await rowsOf(
    database,
    `SELECT streams.stream, current.backfill_paused AS paused, current.planned_from,
       EXISTS (SELECT 1 FROM generations AS g WHERE g.stream = streams.stream AND g.phase = 'filling') AS rebuilding,
       count(slices.id) AS slices, coalesce(sum(slices.state = 'done'), 0) AS done,
       coalesce(sum(slices.state = 'open' AND set_aside_at IS NOT NULL), 0) AS holes,
       coalesce(sum(fetched), 0) AS fetched, min(created_at) AS started_at,
       min(CASE WHEN slices.state = 'open' AND set_aside_at IS NULL THEN created_at END) AS open_since,
       coalesce(sum(CASE WHEN slices.state = 'open' AND set_aside_at IS NULL THEN to_ms - from_ms END), 0) AS left_ms,
       coalesce(sum(CASE WHEN slices.state = 'done' AND closed_at >= ?1 THEN to_ms - from_ms END), 0) AS paced_ms,
       max(CASE WHEN slices.state = 'open' AND slices.generation = streams.generation THEN to_ms END) AS open_until,
       (SELECT month FROM backfill_conductor) AS month
     FROM streams JOIN generations AS current USING (stream, generation)
     LEFT JOIN slices ON slices.stream = streams.stream AND kind = 'backfill' AND slices.state IN ('open', 'done')
       AND (slices.generation = streams.generation OR slices.generation IN (
         SELECT generation FROM generations AS g WHERE g.stream = streams.stream AND g.phase = 'filling'))
     GROUP BY streams.stream ORDER BY streams.stream`,
    [nowMs - PACE_MS],
  );
  return rows.map((row) => progressOf(progressRow.parse(row), nowMs));
}

function progressOf(row: z.infer<typeof progressRow>, nowMs: number): BackfillProgress {
  const isRead = row.left_ms === 0;
  const isPaused = row.paused === 1;
  return {
    stream: row.stream,
    state: !isRead
      ? isPaused
        ? 'paused'
        : 'running'
      : row.rebuilding === 1
        ? 'concluding'
        : row.slices === 0
          ? 'none'
          : row.holes > 0
            ? 'holes'
            : 'done',
    rebuild: row.rebuilding === 1,
    month: isRead ? null : row.month,
    slices: row.slices,
    slicesDone: row.done,
    holes: row.holes,
    fetched: row.fetched,
    startedAt: row.started_at,
    completeFrom: row.open_until ?? row.planned_from,
    etaMs: isRead || isPaused ? null : etaOf(row, nowMs),
  };
}

function etaOf({ open_since, paced_ms, left_ms }: z.infer<typeof progressRow>, nowMs: number): number | null {
  const tookMs = nowMs - Math.max(nowMs - PACE_MS, open_since ?? nowMs);
  return paced_ms === 0 || tookMs === 0 ? null : Math.round((left_ms / paced_ms) * tookMs);
}
