import { type MirrorStream, mirrorStream } from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf } from './database.ts';

const streamRow = z.object({
  stream: mirrorStream,
  generation: z.number().int(),
  traits: z.string().nullable(),
  grow_after: z.number().int(),
  parked_at: z.number().int().nullable(),
  parked_code: z.string().nullable(),
  planned_from: z.number().int().nullable(),
  planned_until: z.number().int().nullable(),
});

/** What is remembered of a history between runs: its plan, and what FacePass taught us about its pages. */
export type StreamState = Readonly<z.infer<typeof streamRow>>;

export async function readStreams(database: Database): Promise<StreamState[]> {
  const rows = await rowsOf(
    database,
    `SELECT ${Object.keys(streamRow.shape).join(', ')} FROM streams JOIN generations USING (stream, generation)
     ORDER BY stream`,
  );
  return rows.map((row) => streamRow.parse(row));
}

/** The number that stands for a time zone in every row. */
export async function zoneId(database: Database, timeZone: string): Promise<number> {
  const [, result] = await database.execute([
    { sql: 'INSERT INTO time_zones (name) VALUES (?1) ON CONFLICT (name) DO NOTHING', params: [timeZone] },
    { sql: 'SELECT id FROM time_zones WHERE name = ?1', params: [timeZone] },
  ]);
  return z.object({ id: z.number().int() }).parse(result?.rows[0]).id;
}

export interface PlannedRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Adds the slices of a stream's next stretch. Two runs that plan at once cannot both: the plan moves only from
 * where it was read, in the transaction that adds the slices.
 */
export async function planForward(
  database: Database,
  stream: StreamState,
  ranges: readonly PlannedRange[],
  nowMs: number,
): Promise<void> {
  const [first] = ranges;
  const last = ranges.at(-1);
  if (first === undefined || last === undefined) return;
  const key = [stream.stream, stream.generation, stream.planned_until] as const;
  await database.execute([
    {
      sql: `INSERT INTO slices (stream, generation, kind, from_ms, to_ms, created_at)
            SELECT ?1, ?2, 'forward', value->>0, value->>1, ?5 FROM json_each(?4)
            WHERE (SELECT planned_until FROM generations WHERE stream = ?1 AND generation = ?2) IS ?3`,
      params: [...key, JSON.stringify(ranges.map(({ fromMs, toMs }) => [fromMs, toMs])), nowMs],
    },
    {
      sql: `UPDATE generations SET planned_until = ?4, planned_from = coalesce(planned_from, ?5)
            WHERE stream = ?1 AND generation = ?2 AND planned_until IS ?3`,
      params: [...key, last.toMs, first.fromMs],
    },
  ]);
}

/** Keeps what walks taught us about a stream's pages, and when a larger page is tried again. */
export async function remember(
  database: Database,
  stream: MirrorStream,
  traits: string,
  growAfterMs: number,
): Promise<void> {
  await database.execute([
    {
      sql: 'UPDATE streams SET traits = ?2, grow_after = ?3 WHERE stream = ?1',
      params: [stream, traits, growAfterMs],
    },
  ]);
}

/** Stops reading a stream; `code` says why. */
export async function park(
  database: Database,
  stream: MirrorStream,
  code: string,
  nowMs: number,
): Promise<void> {
  await database.execute([
    {
      sql: 'UPDATE streams SET parked_at = ?2, parked_code = ?3 WHERE stream = ?1 AND parked_at IS NULL',
      params: [stream, nowMs, code],
    },
  ]);
}

export async function unpark(database: Database, stream: MirrorStream): Promise<void> {
  await database.execute([
    {
      sql: 'UPDATE streams SET parked_at = NULL, parked_code = NULL WHERE stream = ?1',
      params: [stream],
    },
  ]);
}
