import { type MirrorStream, mirrorStream } from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf, type Statement } from './database.ts';

const sliceKind = z.enum(['forward', 'backfill', 'rewalk', 'verify']);
export type SliceKind = z.infer<typeof sliceKind>;

const sliceRow = z.object({
  id: z.number().int(),
  stream: mirrorStream,
  generation: z.number().int(),
  kind: sliceKind,
  from_ms: z.number().int(),
  to_ms: z.number().int(),
  epoch: z.number().int(),
  walk_state: z.string().nullable(),
  seq: z.number().int(),
  attempts: z.number().int(),
  set_aside_at: z.number().int().nullable(),
});
const sliceColumns = Object.keys(sliceRow.shape).join(', ');

/** A slice under lease: `epoch` is this owner's, and only commits that name it are taken. */
export type Slice = Readonly<z.infer<typeof sliceRow>>;

/** A lease outlives the slowest page with its retries, and is short enough that the next cron run takes over. */
export const LEASE_MS = 120_000;

/** A slice that failed more often in a row is read after all others: FacePass may refuse that range, and nothing else. */
const FAILS_FOR_GOOD = 2;

/** A slice that failed waits no longer, unless it was set aside. */
export const LONGEST_RETRY_MS = 3_600_000;
/** So many failures in a row take half an hour at least. */
const SET_ASIDE_AFTER = 6;
/** While FacePass gives other slices of the history within so long, it is not simply out of order: three runs. */
const GIVES_OTHERS_MS = 15 * 60_000;
/** When a slice that was set aside is tried again: after six hours, then ever more rarely, weekly in the end. */
const [SET_ASIDE_RETRY_MS, LONGEST_ASIDE_MS] = [6 * 3_600_000, 7 * 86_400_000];
/** None waits longer, but for what a clock has written that was ahead. */
const LONGEST_WAIT_MS = 2 * LONGEST_ASIDE_MS;

/** SQL for whether an open slice was set aside, and it is not yet time to try it again as of `now` (an SQL expression). */
export function isLeftAside(now: string): string {
  return `(slices.set_aside_at IS NOT NULL AND slices.not_before > ${now}
    AND slices.not_before <= ${now} + ${LONGEST_WAIT_MS})`;
}

/** Which slices somebody reads: the present's, or those of older history within a stretch of time. */
export interface SliceChoice {
  readonly kinds: readonly SliceKind[];
  /** Only slices that begin at or after `fromMs` and before `toMs`. */
  readonly begin?: { readonly fromMs: number; readonly toMs: number };
}

/** What a scheduled run reads: all but older history. */
export const presentSlices: SliceChoice = { kinds: ['forward', 'rewalk', 'verify'] };

export interface Claim extends SliceChoice {
  readonly streams: readonly MirrorStream[];
  readonly nowMs: number;
  /** Slices not to be taken: those this run has failed at. */
  readonly except: readonly number[];
  readonly limit: number;
  /** Also takes slices that are waiting after a failure. */
  readonly impatient: boolean;
}

/**
 * Takes open slices that nobody holds. What is new comes first, from old to new, so that the instant up to which
 * the mirror is complete moves; then what is read again, first for what came late; then older history, the newest of it
 * first, be it of the generation that is read or of one that a rebuild fills. Of both histories by turns, so that a long
 * one does not keep the other waiting.
 */
export async function claimSlices(database: Database, claim: Claim): Promise<Slice[]> {
  const { nowMs } = claim;
  const byTime = "CASE kind WHEN 'backfill' THEN -from_ms ELSE from_ms END";
  const rows = await rowsOf(
    database,
    `UPDATE slices SET epoch = epoch + 1, lease_until = ?1 WHERE id IN (
      SELECT slices.id FROM slices JOIN streams USING (stream) JOIN generations USING (stream, generation)
      WHERE slices.state = 'open' AND NOT (kind = 'backfill' AND backfill_paused)
        AND (generations.generation = streams.generation OR generations.phase = 'filling') AND switching_to IS NULL
        AND stream IN (SELECT value FROM json_each(?2)) AND kind IN (SELECT value FROM json_each(?7))
        AND from_ms >= ?8 AND from_ms < ?9
        AND (lease_until <= ?3 OR lease_until > ?10) AND (not_before <= ?3 OR not_before > CASE WHEN set_aside_at IS NULL THEN ?11 ELSE ?12 END OR ?4)
        AND slices.id NOT IN (SELECT value FROM json_each(?5))
      ORDER BY attempts > ${FAILS_FOR_GOOD}, CASE kind WHEN 'forward' THEN 0 WHEN 'rewalk' THEN 1 WHEN 'verify' THEN 2 ELSE 3 END,
        row_number() OVER (PARTITION BY stream, kind, attempts > ${FAILS_FOR_GOOD} ORDER BY ${byTime}),
        ${byTime} LIMIT ?6)
    RETURNING ${sliceColumns}`,
    [
      nowMs + LEASE_MS,
      JSON.stringify(claim.streams),
      nowMs,
      claim.impatient ? 1 : 0,
      JSON.stringify(claim.except),
      claim.limit,
      JSON.stringify(claim.kinds),
      claim.begin?.fromMs ?? Number.MIN_SAFE_INTEGER,
      claim.begin?.toMs ?? Number.MAX_SAFE_INTEGER,
      // Nobody holds a slice for as long: a clock was ahead.
      nowMs + 2 * LEASE_MS,
      nowMs + 2 * LONGEST_RETRY_MS,
      nowMs + LONGEST_WAIT_MS,
    ],
  );
  return rows.map((row) => sliceRow.parse(row)).sort(byUrgency);
}

const urgency: Readonly<Record<SliceKind, number>> = { forward: 0, rewalk: 1, verify: 2, backfill: 3 };

function byUrgency(a: Slice, b: Slice): number {
  const order = a.kind === 'backfill' ? b.from_ms - a.from_ms : a.from_ms - b.from_ms;
  const failing = Number(a.attempts > FAILS_FOR_GOOD) - Number(b.attempts > FAILS_FOR_GOOD);
  return failing || urgency[a.kind] - urgency[b.kind] || order;
}

/** Gives a slice back after a pause. */
export async function releaseSlice(database: Database, slice: Slice): Promise<void> {
  await database.execute([
    {
      sql: 'UPDATE slices SET lease_until = 0 WHERE id = ?1 AND epoch = ?2',
      params: [slice.id, slice.epoch],
    },
  ]);
}

export interface SliceFailure {
  readonly code: string;
  /** Failures since something was won that stays won, this one included. */
  readonly attempts: number;
  /** It is not tried again before. */
  readonly notBeforeMs: number;
  /** The walk is to begin again. */
  readonly startOver: boolean;
  /** Another slice may fare better, so that this one may be set aside. */
  readonly maySetAside: boolean;
}

/**
 * Gives a slice back after a failure. One that fails again and again while FacePass gives others of its history is set
 * aside.
 *
 * @returns how many of its history are set aside, where this one is; else null.
 */
export async function releaseFailed(
  database: Database,
  slice: Slice,
  { code, attempts, notBeforeMs, startOver, maySetAside }: SliceFailure,
  nowMs: number,
): Promise<number | null> {
  const asideMs = Math.min(
    SET_ASIDE_RETRY_MS * 2 ** Math.max(attempts - SET_ASIDE_AFTER, 0),
    LONGEST_ASIDE_MS,
  );
  const isSetAside = `(?8 AND (set_aside_at IS NOT NULL OR (?3 >= ${SET_ASIDE_AFTER} AND EXISTS (
    SELECT 1 FROM slices AS other WHERE other.state <> 'open' AND other.closed_at >= ?7 AND other.state = 'done'
      AND other.stream = slices.stream))))`;
  const [row] = await rowsOf(
    database,
    `UPDATE slices SET lease_until = 0, attempts = ?3, error_code = ?5,
       not_before = CASE WHEN ${isSetAside} THEN ?10 ELSE ?4 END,
       set_aside_at = CASE WHEN ${isSetAside} THEN coalesce(set_aside_at, ?6) ELSE set_aside_at END,
       walk_state = CASE WHEN ?9 THEN NULL ELSE walk_state END
     WHERE id = ?1 AND epoch = ?2 RETURNING CASE WHEN ${isSetAside} THEN (SELECT count(*) FROM slices AS one
       INDEXED BY slices_open WHERE one.stream = slices.stream AND one.state = 'open' AND one.set_aside_at IS NOT NULL)
       END AS aside`,
    [
      slice.id,
      slice.epoch,
      attempts,
      notBeforeMs,
      code,
      nowMs,
      nowMs - GIVES_OTHERS_MS,
      maySetAside ? 1 : 0,
      startOver ? 1 : 0,
      nowMs + asideMs,
    ],
  );
  return row === undefined ? null : z.object({ aside: z.number().nullable() }).parse(row).aside;
}

/**
 * Replaces a slice by the parts between `inner` boundaries, which are walked from their beginnings; the parts of one that was
 * set aside stay so, and are tried at once.
 */
export async function splitSlice(
  database: Database,
  slice: Slice,
  inner: readonly number[],
  nowMs: number,
): Promise<void> {
  const edges = [slice.from_ms, ...inner, slice.to_ms];
  const parts = edges.slice(1).map((to, index) => [edges[index], to]);
  const stillOurs = `id = ?1 AND epoch = ?2 AND state = 'open'`;
  await database.execute([
    {
      sql: `INSERT INTO slices (stream, generation, kind, from_ms, to_ms, created_at, set_aside_at, error_code, attempts)
            SELECT stream, generation, kind, part.value->>0, part.value->>1, ?3, set_aside_at, error_code,
              CASE WHEN set_aside_at IS NULL THEN 0 ELSE ${SET_ASIDE_AFTER - 1} END
            FROM slices, json_each(?4) AS part WHERE slices.${stillOurs}`,
      params: [slice.id, slice.epoch, nowMs, JSON.stringify(parts)],
    },
    {
      sql: `UPDATE slices SET state = 'split', closed_at = ?3, lease_until = 0 WHERE ${stillOurs}`,
      params: [slice.id, slice.epoch, nowMs],
    },
  ]);
}

/**
 * How many slices of a stream are still open and the instant up to which all are closed: those of a backfill, and those set
 * aside, do not count.
 */
export interface Progress {
  readonly open: number;
  readonly completeUntil: number | null;
}

export function progressStatement(stream: MirrorStream): Statement {
  return {
    sql: `SELECT count(CASE WHEN kind <> 'backfill' AND set_aside_at IS NULL THEN slices.id END) AS open,
            coalesce(min(CASE WHEN kind = 'forward' AND set_aside_at IS NULL THEN from_ms END), planned_until) AS until,
            planned_from AS start
          FROM streams JOIN generations USING (stream, generation)
          LEFT JOIN slices ON slices.stream = streams.stream AND slices.generation = streams.generation
            AND slices.state = 'open'
          WHERE streams.stream = ?1`,
    params: [stream],
  };
}

export function readProgress(row: unknown): Progress {
  const { open, until, start } = z
    .object({ open: z.number(), until: z.number().nullable(), start: z.number().nullable() })
    .parse(row);
  return { open, completeUntil: until === start ? null : until };
}
