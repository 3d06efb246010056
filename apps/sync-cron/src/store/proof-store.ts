import type { MirrorStream } from '@facepass-kit/protocol';
import { z } from 'zod';
import { sha256 } from '../sha256.ts';
import { type Database, rowsOf, type Statement } from './database.ts';
import { timeColumnOf } from './record-tables.ts';
import type { Slice } from './slice-store.ts';
import type { PlannedRange, StreamState } from './stream-store.ts';

const HOUR_MS = 3_600_000;
/** A range is proven a day after it was mirrored: by then the daily re-walk has brought what came late. */
const PROOF_AGE_MS = 24 * HOUR_MS;
/** Seven hours: no multiple of a slice's width, so that a proof cuts time elsewhere than the first reading did. */
const PROOF_WIDTH_MS = 7 * HOUR_MS;
/** A proof holds the ids of its range in memory. */
const ROWS_PER_PROOF = 20_000;
/** When a proof missed rows, its range is read again after this, before they are taken for absent. */
const SECOND_LOOK_MS = HOUR_MS;
/**
 * FacePass loses a row now and then, hardly most of a range: where it suddenly gives so much less, it is more likely out of
 * order, and what it does not give is taken for absent only after so long.
 */
const [MANY_ROWS, MANY_PATIENCE_MS] = [20, 3 * 24 * HOUR_MS];
/** The keys of the proven stretch among the times of re-walks. */
const PROVEN_FROM = 'provenFrom';
const PROVEN_UNTIL = 'provenUntil';

/** Nothing is proven yet of a stretch that begins at `startMs`. */
export function unproven(startMs: number): Readonly<Record<string, number>> {
  return { [PROVEN_FROM]: startMs, [PROVEN_UNTIL]: startMs };
}

/** The stretch for which proofs were planned, read from a generation's times; null before the first. */
export function provenStretch(rewalks: string): { readonly fromMs: number; readonly untilMs: number } | null {
  const times = z.record(z.string(), z.number()).parse(JSON.parse(rewalks));
  const [fromMs, untilMs] = [times[PROVEN_FROM], times[PROVEN_UNTIL]];
  return fromMs === undefined || untilMs === undefined ? null : { fromMs, untilMs };
}

/**
 * The times of re-walks (`rewalks`, an SQL expression) of a history that was read again from `fromMs` on (an SQL
 * expression): all of that is to be proven again.
 */
export function provenAgainFrom(rewalks: string, fromMs: string): string {
  const from = `${rewalks} ->> '${PROVEN_FROM}'`;
  return `json_set(${rewalks}, '$.${PROVEN_UNTIL}', ${fromMs},
    '$.${PROVEN_FROM}', min(coalesce(${from}, ${fromMs}), ${fromMs}))`;
}

/**
 * The range to be proven next, one a run: the next stretch that is old enough, or one whose last proof missed
 * rows. Narrower where more rows are mirrored than a proof should hold.
 */
export async function proofsDue(
  database: Database,
  { stream, generation, planned_from, planned_until, rewalks }: StreamState,
  nowMs: number,
): Promise<{ readonly ranges: PlannedRange[]; readonly times: Readonly<Record<string, number>> }> {
  if (planned_from === null || planned_until === null) return { ranges: [], times: {} };
  const times = z.record(z.string(), z.number()).parse(JSON.parse(rewalks));
  const [again] = await rowsOf(
    database,
    `SELECT from_ms, to_ms FROM proofs AS p WHERE stream = ?1 AND generation = ?2 AND missing > 0
       AND proven_at <= ?3 AND EXISTS (SELECT 1 FROM missing_rows WHERE stream = ?1 AND generation = ?2)
       AND NOT EXISTS (SELECT 1 FROM proofs AS q WHERE q.stream = ?1 AND q.generation = ?2
         AND q.from_ms = p.from_ms AND q.to_ms = p.to_ms AND q.proven_at > p.proven_at)
       AND NOT EXISTS (SELECT 1 FROM slices WHERE slices.stream = ?1 AND slices.generation = ?2
         AND kind = 'verify' AND state = 'open' AND set_aside_at IS NULL)
     LIMIT 1`,
    [stream, generation, nowMs - SECOND_LOOK_MS],
  );
  if (again !== undefined) {
    const { from_ms, to_ms } = z.object({ from_ms: z.number(), to_ms: z.number() }).parse(again);
    return { ranges: [{ fromMs: from_ms, toMs: to_ms }], times: {} };
  }
  const youngest = Math.min(planned_until, Math.floor((nowMs - PROOF_AGE_MS) / 1_000) * 1_000);
  // What was proven by a clock that was ahead is proven again.
  const fromMs = Math.max(Math.min(times[PROVEN_UNTIL] ?? planned_from, youngest), planned_from);
  const toMs = fromMs + PROOF_WIDTH_MS;
  if (toMs <= youngest) {
    const narrow = await narrowed(database, stream, generation, { fromMs, toMs });
    return { ranges: [narrow], times: { [PROVEN_UNTIL]: narrow.toMs } };
  }
  return await olderProofs(
    database,
    { stream, generation },
    planned_from,
    times[PROVEN_FROM] ?? planned_from,
  );
}

/** What a backfill has brought is proven from new to old, as it is read. */
async function olderProofs(
  database: Database,
  { stream, generation }: Pick<StreamState, 'stream' | 'generation'>,
  plannedFrom: number,
  provenFrom: number,
): Promise<{ readonly ranges: PlannedRange[]; readonly times: Readonly<Record<string, number>> }> {
  const fromMs = Math.max(plannedFrom, provenFrom - PROOF_WIDTH_MS);
  if (fromMs >= provenFrom) return { ranges: [], times: {} };
  const [open] = await rowsOf(
    database,
    `SELECT 1 FROM slices WHERE stream = ?1 AND generation = ?2 AND state = 'open' AND kind = 'backfill'
       AND set_aside_at IS NULL AND to_ms > ?3 LIMIT 1`,
    [stream, generation, fromMs],
  );
  if (open !== undefined) return { ranges: [], times: {} };
  const narrow = await narrowedFromBelow(database, stream, generation, { fromMs, toMs: provenFrom });
  return { ranges: [narrow], times: { [PROVEN_FROM]: narrow.fromMs } };
}

/** The end of a range that holds no more rows than a proof should. */
async function narrowedFromBelow(
  database: Database,
  stream: MirrorStream,
  generation: number,
  range: PlannedRange,
): Promise<PlannedRange> {
  const time = timeColumnOf(stream);
  const [row] = await rowsOf(
    database,
    `SELECT ${time} AS at FROM ${stream} WHERE generation = ?1 AND ${time} >= ?2 AND ${time} < ?3
     ORDER BY ${time} DESC LIMIT 1 OFFSET ?4`,
    [generation, range.fromMs, range.toMs, ROWS_PER_PROOF],
  );
  if (row === undefined) return range;
  const { at } = atRow.parse(row);
  const fromMs = Math.floor(at / 1_000) * 1_000 + 1_000;
  return { fromMs: Math.min(fromMs, range.toMs - 1_000), toMs: range.toMs };
}

const atRow = z.object({ at: z.number() });

/** The beginning of a range that holds no more rows than a proof should. */
async function narrowed(
  database: Database,
  stream: MirrorStream,
  generation: number,
  range: PlannedRange,
): Promise<PlannedRange> {
  const time = timeColumnOf(stream);
  const [row] = await rowsOf(
    database,
    `SELECT ${time} AS at FROM ${stream} WHERE generation = ?1 AND ${time} >= ?2 AND ${time} < ?3
     ORDER BY ${time} LIMIT 1 OFFSET ?4`,
    [generation, range.fromMs, range.toMs, ROWS_PER_PROOF],
  );
  if (row === undefined) return range;
  const { at } = atRow.parse(row);
  const toMs = Math.floor(at / 1_000) * 1_000;
  // More rows in one second than a proof should hold: then it holds them.
  return { fromMs: range.fromMs, toMs: Math.max(toMs, range.fromMs + 1_000) };
}

/** What the second reading of a range found. */
export interface Comparison {
  /** Ids that FacePass gave. */
  readonly given: ReadonlySet<string>;
  readonly lacked: number;
  readonly changed: number;
  readonly pageSize: number;
  readonly nowMs: number;
}

/**
 * The statements that close a proof, for the transaction that closes its slice: the proof row, and what becomes
 * of rows that FacePass did not give. A row is absent when two proofs missed it, days apart where they missed most of the
 * range, and everything up to the first miss has been mirrored since, so that a row that only moved in time has been met
 * where it moved to.
 */
export async function proofStatements(
  database: Database,
  slice: Slice,
  { given, lacked, changed, pageSize, nowMs }: Comparison,
): Promise<{ readonly statements: Statement[]; readonly missing: number }> {
  const { stream, generation, from_ms, to_ms } = slice;
  const time = timeColumnOf(stream);
  const [mirrored, missedBefore] = await database.execute([
    {
      sql: `SELECT id FROM ${stream} WHERE generation = ?1 AND ${time} >= ?2 AND ${time} < ?3
              AND absent_at IS NULL ORDER BY id`,
      params: [generation, from_ms, to_ms],
    },
    {
      sql: `SELECT id, missed_at FROM missing_rows WHERE stream = ?1 AND generation = ?2 AND missed_at <= coalesce(
              (SELECT min(from_ms) FROM slices WHERE stream = ?1 AND generation = ?2 AND state = 'open'
                 AND kind = 'forward'),
              (SELECT planned_until FROM generations WHERE stream = ?1 AND generation = ?2))`,
      params: [stream, generation],
    },
  ]);
  const ids = (mirrored?.rows ?? []).map(idOf);
  const missing = ids.filter((id) => !given.has(id));
  const before = new Map((missedBefore?.rows ?? []).map((row) => missedEntry(row)));
  const isMany = missing.length >= MANY_ROWS && missing.length > ids.length / 2;
  const missedUntil = isMany ? nowMs - MANY_PATIENCE_MS : nowMs;
  const absent = missing.filter((id) => (before.get(id) ?? Number.POSITIVE_INFINITY) <= missedUntil);
  const settled = [...before.keys()].filter((id) => given.has(id)).concat(absent);
  const gone = new Set(absent);
  const remaining = ids.filter((id) => !gone.has(id));
  const statements: Statement[] = [
    {
      sql: `INSERT INTO proofs (slice_id, stream, generation, from_ms, to_ms, row_count, ids_sha256, page_size,
              lacked, changed, missing, proven_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
      params: [
        slice.id,
        stream,
        generation,
        from_ms,
        to_ms,
        remaining.length,
        await sha256(new TextEncoder().encode(remaining.join('\n'))),
        pageSize,
        lacked,
        changed,
        missing.length - absent.length,
        nowMs,
      ],
    },
  ];
  if (missing.length > absent.length) {
    statements.push({
      sql: `INSERT INTO missing_rows (stream, generation, id, missed_at)
            SELECT ?1, ?2, value, ?4 FROM json_each(?3) WHERE true ON CONFLICT DO NOTHING`,
      params: [stream, generation, JSON.stringify(missing.filter((id) => !before.has(id))), nowMs],
    });
  }
  if (absent.length > 0) {
    statements.push({
      sql: `UPDATE ${stream} SET absent_at = ?3
            WHERE generation = ?1 AND id IN (SELECT value FROM json_each(?2))`,
      params: [generation, JSON.stringify(absent), nowMs],
    });
  }
  if (settled.length > 0) {
    statements.push({
      sql: `DELETE FROM missing_rows WHERE stream = ?1 AND generation = ?2
              AND id IN (SELECT value FROM json_each(?3))`,
      params: [stream, generation, JSON.stringify(settled)],
    });
  }
  return { statements, missing: missing.length };
}

const idRow = z.object({ id: z.string() });
const missedRow = z.object({ id: z.string(), missed_at: z.number() });

function missedEntry(row: unknown): [string, number] {
  const { id, missed_at } = missedRow.parse(row);
  return [id, missed_at];
}

function idOf(row: unknown): string {
  return idRow.parse(row).id;
}
