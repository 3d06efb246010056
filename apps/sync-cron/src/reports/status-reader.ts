import {
  type MirrorStatus,
  mirrorStatus,
  mirrorStream,
  type RunsQuery,
  runsQuery,
  type SyncReport,
  syncReport,
} from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf } from '../store/database.ts';

export interface StatusReader {
  status(): Promise<MirrorStatus>;
  /** Newest first. */
  runs(query: RunsQuery): Promise<SyncReport[]>;
}

/** Values shown of each list; there are more only when FacePass changed its contract. */
const UNKNOWN_VALUES_SHOWN = 50;
/** Stretches shown that FacePass refuses, the newest first. */
const HOLES_SHOWN = 50;

const streamRow = z.object({
  stream: mirrorStream,
  complete_from: z.number().nullable(),
  complete_until: z.number().nullable(),
  completed_at: z.number().nullable(),
  open: z.number(),
  failing: z.number(),
  parked_at: z.number().nullable(),
  parked_code: z.string().nullable(),
});
const holeRow = z.object({
  stream: mirrorStream,
  from: z.number(),
  to: z.number(),
  since: z.number(),
  code: z
    .string()
    .nullable()
    .transform((code) => code ?? ''),
});
const countRow = z.object({ quarantined: z.number(), deadLetters: z.number() });
const leaverRow = z.object({ state: z.string(), people: z.number() });
const runRow = z.object({
  id: z.string(),
  trigger: z.string(),
  started_at: z.number(),
  finished_at: z.number(),
  report: z.string(),
});

export function createStatusReader(database: Database, now: () => number): StatusReader {
  return {
    async status() {
      const [streams, counts, unknown, leavers, archive, holes] = await database.execute([
        {
          sql: `SELECT streams.stream, completed_at, parked_at, parked_code,
                  coalesce(max(CASE WHEN kind = 'backfill' OR (kind = 'forward' AND set_aside_at IS NOT NULL)
                    THEN to_ms END), planned_from) AS complete_from,
                  coalesce(min(CASE WHEN kind = 'forward' AND set_aside_at IS NULL THEN from_ms END), planned_until)
                    AS complete_until,
                  count(slices.id) AS open, count(CASE WHEN attempts > 0 THEN slices.id END) AS failing
                FROM streams JOIN generations USING (stream, generation)
                LEFT JOIN slices ON slices.stream = streams.stream AND slices.generation = streams.generation
                  AND slices.state = 'open'
                GROUP BY streams.stream ORDER BY streams.stream`,
        },
        {
          sql: `SELECT (SELECT count(*) FROM quarantine) AS quarantined,
                  (SELECT count(*) FROM dead_letters) AS deadLetters`,
        },
        {
          sql: `SELECT field, value, first_seen_at AS firstSeenAt FROM unknown_values
                ORDER BY first_seen_at DESC LIMIT ?1`,
          params: [UNKNOWN_VALUES_SHOWN],
        },
        { sql: 'SELECT state, count(*) AS people FROM leavers GROUP BY state' },
        {
          sql: `SELECT (SELECT max(to_ms) FROM archive_months WHERE state = 'archived') AS until,
                  coalesce(sum(row_count), 0) AS rows, coalesce(sum(bytes), 0) AS bytes
                FROM archive_parts WHERE dropped_at IS NOT NULL`,
        },
        {
          sql: `SELECT slices.stream, from_ms AS "from", to_ms AS "to", set_aside_at AS since, error_code AS code
                FROM slices INDEXED BY slices_open JOIN streams USING (stream, generation)
                WHERE state = 'open' AND kind IN ('forward', 'backfill') AND set_aside_at IS NOT NULL
                ORDER BY from_ms DESC LIMIT ?1`,
          params: [HOLES_SHOWN],
        },
      ]);
      const at = now();
      const allHoles = (holes?.rows ?? []).map((row) => holeRow.parse(row));
      return mirrorStatus.parse({
        at,
        streams: (streams?.rows ?? []).map((row) => {
          const stream = streamRow.parse(row);
          const ofStream = allHoles.filter((hole) => hole.stream === stream.stream);
          return { ...streamStatusOf(stream, at), holes: ofStream.map(({ stream: _, ...hole }) => hole) };
        }),
        ...countRow.parse(counts?.rows[0]),
        unknownValues: unknown?.rows ?? [],
        leavers: Object.fromEntries(
          (leavers?.rows ?? [])
            .map((row) => leaverRow.parse(row))
            .map(({ state, people }) => [state, people]),
        ),
        archive: archive?.rows[0],
      });
    },
    async runs(query) {
      const { limit } = runsQuery.parse(query);
      const rows = await rowsOf(database, 'SELECT * FROM runs ORDER BY started_at DESC LIMIT ?1', [limit]);
      return rows.flatMap((row) => {
        const { id, trigger, started_at, finished_at, report } = runRow.parse(row);
        const streams: unknown = JSON.parse(report);
        // One that an older version wrote may lack a field that this version has.
        const parsed = syncReport.safeParse({
          runId: id,
          trigger,
          startedAt: started_at,
          finishedAt: finished_at,
          streams,
        });
        return parsed.success ? [parsed.data] : [];
      });
    },
  };
}

function streamStatusOf(row: z.infer<typeof streamRow>, at: number): object {
  // Before the first slice was closed nothing is complete.
  const isBegun = row.complete_from !== null && row.complete_until !== row.complete_from;
  return {
    stream: row.stream,
    completeFrom: isBegun ? row.complete_from : null,
    completeUntil: isBegun ? row.complete_until : null,
    lagMs: isBegun && row.complete_until !== null ? at - row.complete_until : null,
    completedAt: row.completed_at,
    openSlices: row.open,
    failingSlices: row.failing,
    parked: row.parked_at === null ? null : { since: row.parked_at, code: row.parked_code ?? '' },
  };
}
