import { type MirrorStream, mirrorStream } from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf, type Statement } from './database.ts';
import type { SliceKind } from './slice-store.ts';

const streamRow = z.object({
  stream: mirrorStream,
  generation: z.number().int(),
  traits: z.string().nullable(),
  grow_after: z.number().int(),
  parked_at: z.number().int().nullable(),
  parked_code: z.string().nullable(),
  planned_from: z.number().int().nullable(),
  planned_until: z.number().int().nullable(),
  rewalks: z.string(),
});

/** What is remembered of a history between runs: its plan, and what FacePass taught us about its pages. */
export type StreamState = Readonly<z.infer<typeof streamRow>>;

/** What a run begins with: both streams, the number of the time zone, and hours with undecided audits. */
export interface RunInputs {
  readonly streams: readonly StreamState[];
  /** The number that stands for the time zone in every row. */
  readonly zoneId: number;
  /** Newest first. */
  readonly undecidedHours: readonly UndecidedHour[];
}

/** An hour with registrations whose audit is undecided, and when it was last read again for it. */
export interface UndecidedHour {
  readonly hourMs: number;
  readonly walkedAt: number | null;
}

const undecidedHour = z
  .object({ hour: z.number().int(), walked_at: z.number().int().nullable() })
  .transform(({ hour, walked_at }): UndecidedHour => ({ hourMs: hour, walkedAt: walked_at }));

export async function readRunInputs(
  database: Database,
  timeZone: string,
  undecidedLimit: number,
): Promise<RunInputs> {
  const [, zone, streams, hours] = await database.execute([
    { sql: 'INSERT INTO time_zones (name) VALUES (?1) ON CONFLICT (name) DO NOTHING', params: [timeZone] },
    { sql: 'SELECT id FROM time_zones WHERE name = ?1', params: [timeZone] },
    {
      sql: `SELECT ${Object.keys(streamRow.shape).join(', ')} FROM streams JOIN generations USING (stream, generation)
            ORDER BY stream`,
    },
    {
      sql: `SELECT hour, walked_at FROM (
              SELECT DISTINCT generation, event_at / 3600000 * 3600000 AS hour
              FROM registrations INDEXED BY registrations_waiting
              WHERE generation = (SELECT generation FROM streams WHERE stream = 'registrations')
                AND audit_status IN ('WAITING', 'HOLDING')
              ORDER BY event_at DESC LIMIT ?1) AS undecided
            LEFT JOIN waiting_hours ON waiting_hours.generation = undecided.generation AND hour_ms = hour`,
      params: [undecidedLimit],
    },
  ]);
  return {
    zoneId: z.object({ id: z.number().int() }).parse(zone?.rows[0]).id,
    streams: (streams?.rows ?? []).map((row) => streamRow.parse(row)),
    undecidedHours: (hours?.rows ?? []).map((row) => undecidedHour.parse(row)),
  };
}

/**
 * Hours before `untilMs` in which a registration's audit is undecided to this day. Where FacePass writes a new row for each
 * status, a WAITING row stays what it is: the person's later row tells the decision.
 */
export async function hoursUndecidedBefore(
  database: Database,
  generation: number,
  untilMs: number,
): Promise<number> {
  const [row] = await rowsOf(
    database,
    `SELECT count(DISTINCT event_at / 3600000) AS hours FROM registrations AS r INDEXED BY registrations_waiting
     WHERE generation = ?1 AND event_at < ?2 AND audit_status IN ('WAITING', 'HOLDING') AND absent_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM registrations AS later WHERE later.generation = r.generation
         AND later.person_id = r.person_id AND r.person_id > 0 AND later.event_at >= r.event_at
         AND later.audit_status NOT IN ('WAITING', 'HOLDING'))`,
    [generation, untilMs],
  );
  return z.object({ hours: z.number() }).parse(row).hours;
}

export interface PlannedRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PlannedSlice extends PlannedRange {
  readonly kind: SliceKind;
}

/** What a run adds to a stream's plan. */
export interface PlanStep {
  readonly slices: readonly PlannedSlice[];
  /** Where the plan ends afterwards, and where it begins if it had not begun. */
  readonly plannedFrom: number;
  readonly plannedUntil: number;
  /** When re-walks were planned, as JSON. */
  readonly rewalks: string;
  /** Hours now read again for undecided audits. */
  readonly waitingHours: readonly number[];
}

/**
 * Moves a stream's plan on, in one transaction. Two runs that plan at once cannot both: it moves only from where
 * it was read, together with the slices that are added.
 */
export function planStatements(stream: StreamState, step: PlanStep, nowMs: number): Statement[] {
  const from = [stream.stream, stream.generation, stream.planned_until, stream.rewalks] as const;
  const unmoved = `EXISTS (SELECT 1 FROM generations WHERE stream = ?1 AND generation = ?2
    AND planned_until IS ?3 AND rewalks = ?4)`;
  return [
    {
      sql: `INSERT INTO slices (stream, generation, kind, from_ms, to_ms, created_at)
            SELECT ?1, ?2, value->>0, value->>1, value->>2, ?6 FROM json_each(?5) WHERE ${unmoved}`,
      params: [
        ...from,
        JSON.stringify(step.slices.map(({ kind, fromMs, toMs }) => [kind, fromMs, toMs])),
        nowMs,
      ],
    },
    ...(step.waitingHours.length === 0
      ? []
      : [
          {
            sql: `INSERT INTO waiting_hours (generation, hour_ms, walked_at)
                  SELECT ?2, value, ?6 FROM json_each(?5) WHERE ${unmoved}
                  ON CONFLICT (generation, hour_ms) DO UPDATE SET walked_at = excluded.walked_at`,
            params: [...from, JSON.stringify(step.waitingHours), nowMs],
          },
        ]),
    {
      sql: `UPDATE generations SET planned_until = ?5, planned_from = coalesce(planned_from, ?6), rewalks = ?7
            WHERE stream = ?1 AND generation = ?2 AND planned_until IS ?3 AND rewalks = ?4`,
      params: [...from, step.plannedUntil, step.plannedFrom, step.rewalks],
    },
  ];
}

/** Keeps what walks taught us about a stream's pages, and when a larger page is tried again. */
export function rememberStatement(stream: MirrorStream, traits: string, growAfterMs: number): Statement {
  return {
    sql: 'UPDATE streams SET traits = ?2, grow_after = ?3 WHERE stream = ?1',
    params: [stream, traits, growAfterMs],
  };
}

/** Notes that nothing of a stream can be read; `code` says why. */
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

export function unparkStatement(stream: MirrorStream): Statement {
  return {
    sql: 'UPDATE streams SET parked_at = NULL, parked_code = NULL WHERE stream = ?1',
    params: [stream],
  };
}
