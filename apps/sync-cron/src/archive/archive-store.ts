import { z } from 'zod';
import { type Database, rowsOf, type Statement } from '../store/database.ts';
import type { ArchiveDataset } from './datasets.ts';
import type { ArchivedRow } from './parquet.ts';

const monthRow = z.object({
  dataset: z.enum(['verifications', 'decisions']),
  generation: z.number().int(),
  month: z.string(),
  round: z.number().int(),
  from_ms: z.number().int(),
  to_ms: z.number().int(),
  state: z.enum(['writing', 'dropping', 'archived']),
  written_until: z.number().int(),
});
export type ArchiveMonth = Readonly<z.infer<typeof monthRow>>;
const monthColumns = Object.keys(monthRow.shape).join(', ');

const partRow = z.object({
  object_key: z.string(),
  from_ms: z.number().int(),
  to_ms: z.number().int(),
  row_count: z.number().int(),
  rows_sha256: z.string(),
  file_sha256: z.string(),
  fingerprint: z.string(),
});
export type ArchivePart = Readonly<z.infer<typeof partRow>>;
const partColumns = Object.keys(partRow.shape).join(', ');

/** The month that is under way, of any dataset; null between two. */
export async function monthUnderWay(database: Database): Promise<ArchiveMonth | null> {
  const [row] = await rowsOf(
    database,
    `SELECT ${monthColumns} FROM archive_months WHERE state <> 'archived' ORDER BY from_ms, dataset LIMIT 1`,
  );
  return row === undefined ? null : monthRow.parse(row);
}

/** When the oldest row of a dataset from `fromMs` on happened; null where there is none before `untilMs`. */
export async function oldestRow(
  database: Database,
  { name, timeColumn, where }: ArchiveDataset,
  generation: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): Promise<number | null> {
  const [row] = await rowsOf(
    database,
    `SELECT min(${timeColumn}) AS at FROM ${name} WHERE ${where} AND ${timeColumn} < ?2 AND ${timeColumn} >= ?3`,
    [generation, untilMs, fromMs],
  );
  return z.object({ at: z.number().nullable() }).parse(row).at;
}

/** Begins a month's next round, unless another run has begun it. */
export async function beginMonth(
  database: Database,
  dataset: ArchiveDataset['name'],
  generation: number,
  month: { readonly name: string; readonly fromMs: number; readonly toMs: number },
  nowMs: number,
): Promise<ArchiveMonth | null> {
  const [row] = await rowsOf(
    database,
    `INSERT INTO archive_months (dataset, generation, month, round, from_ms, to_ms, written_until, began_at)
     SELECT ?1, ?2, ?3, 1 + (SELECT count(*) FROM archive_months WHERE dataset = ?1 AND generation = ?2 AND month = ?3),
       ?4, ?5, ?4, ?6
     WHERE NOT EXISTS (SELECT 1 FROM archive_months WHERE dataset = ?1 AND generation = ?2 AND state <> 'archived')
     RETURNING ${monthColumns}`,
    [dataset, generation, month.name, month.fromMs, month.toMs, nowMs],
  );
  return row === undefined ? null : monthRow.parse(row);
}

/** Where a part that begins at `fromMs` ends, so that it holds no more rows than it should. */
export async function partEnd(
  database: Database,
  { name, timeColumn, where }: ArchiveDataset,
  { generation, to_ms }: ArchiveMonth,
  fromMs: number,
  rows: number,
): Promise<number> {
  const [row] = await rowsOf(
    database,
    `SELECT ${timeColumn} AS at FROM ${name} WHERE ${where} AND ${timeColumn} >= ?2 AND ${timeColumn} < ?3
     ORDER BY ${timeColumn} LIMIT 1 OFFSET ?4`,
    [generation, fromMs, to_ms, rows],
  );
  if (row === undefined) return to_ms;
  // More rows in one millisecond than a part should hold: then it holds them.
  return Math.max(z.object({ at: z.number() }).parse(row).at, fromMs + 1);
}

/** The rows of a range and their fingerprint, as they stood at one moment. */
export async function readRange(
  database: Database,
  dataset: ArchiveDataset,
  generation: number,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<{ readonly rows: ArchivedRow[]; readonly fingerprint: string }> {
  const { name, timeColumn, columns } = dataset;
  const [rows, print] = await database.execute([
    {
      sql: `SELECT ${columns.map(({ name: column, sql }) => `${sql ?? column} AS ${column}`).join(', ')} FROM ${name}
            WHERE ${inRange(dataset)} ORDER BY ${timeColumn}, id`,
      params: [generation, fromMs, toMs],
    },
    { sql: `SELECT ${fingerprintOf(dataset)} AS print`, params: [generation, fromMs, toMs] },
  ]);
  const value = z.union([z.string(), z.number(), z.null()]);
  return {
    rows: (rows?.rows ?? []).map((row) => {
      const object = z.record(z.string(), value).parse(row);
      return columns.map((column) => object[column.name] ?? null);
    }),
    fingerprint: z.object({ print: z.string() }).parse(print?.rows[0]).print,
  };
}

/** Notes a part that was written and read back, and that everything up to its end is; false where another run was first. */
export async function notePart(
  database: Database,
  month: ArchiveMonth,
  part: ArchivePart & { readonly bytes: number },
  nowMs: number,
): Promise<boolean> {
  const isNext = `EXISTS (SELECT 1 FROM archive_months WHERE dataset = ?1 AND generation = ?2 AND month = ?3
    AND round = ?4 AND state = 'writing' AND written_until = ?5)`;
  const ofMonth = [month.dataset, month.generation, month.month, month.round, part.from_ms] as const;
  const results = await database.execute([
    {
      sql: `INSERT INTO archive_parts (dataset, generation, month, round, from_ms, to_ms, object_key, row_count,
              rows_sha256, file_sha256, bytes, fingerprint, written_at)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 WHERE ?8 > 0 AND ${isNext}`,
      params: [
        ...ofMonth,
        part.to_ms,
        part.object_key,
        part.row_count,
        part.rows_sha256,
        part.file_sha256,
        part.bytes,
        part.fingerprint,
        nowMs,
      ],
    },
    {
      sql: `UPDATE archive_months SET written_until = ?6, state = CASE WHEN ?6 >= to_ms THEN 'dropping' ELSE state END
            WHERE dataset = ?1 AND generation = ?2 AND month = ?3 AND round = ?4 AND state = 'writing'
              AND written_until = ?5`,
      params: [...ofMonth, part.to_ms],
    },
  ]);
  return (results[1]?.changes ?? 0) > 0;
}

/** The next part of a month whose rows are still here; null when there is none. */
export async function partToDrop(database: Database, month: ArchiveMonth): Promise<ArchivePart | null> {
  const [row] = await rowsOf(
    database,
    `SELECT ${partColumns} FROM archive_parts WHERE dataset = ?1 AND generation = ?2 AND month = ?3 AND round = ?4
       AND dropped_at IS NULL ORDER BY from_ms LIMIT 1`,
    [month.dataset, month.generation, month.month, month.round],
  );
  return row === undefined ? null : partRow.parse(row);
}

/** Drops the rows of a part in one transaction, unless any of them changed since it was written; false then. */
export async function dropPart(
  database: Database,
  dataset: ArchiveDataset,
  { generation }: ArchiveMonth,
  { object_key, from_ms, to_ms, fingerprint }: ArchivePart,
  nowMs: number,
): Promise<boolean> {
  const range = [generation, from_ms, to_ms] as const;
  const results = await database.execute([
    {
      sql: `UPDATE archive_parts SET dropped_at = ?6 WHERE object_key = ?4 AND dropped_at IS NULL
              AND ${fingerprintOf(dataset)} = ?5`,
      params: [...range, object_key, fingerprint, nowMs],
    },
    {
      // Only if the statement before it marked the part just now.
      sql: `DELETE FROM ${dataset.name} WHERE ${inRange(dataset)} AND (SELECT changes()) = 1`,
      params: range,
    },
  ]);
  return (results[0]?.changes ?? 0) > 0;
}

/** Forgets the parts of a month whose rows are still here, so that the month is written anew from the first of them. */
export async function writeAnew(database: Database, month: ArchiveMonth, fromMs: number): Promise<void> {
  const ofMonth = [month.dataset, month.generation, month.month, month.round, fromMs] as const;
  const where = 'dataset = ?1 AND generation = ?2 AND month = ?3 AND round = ?4';
  await database.execute([
    {
      sql: `DELETE FROM archive_parts WHERE ${where} AND from_ms >= ?5 AND dropped_at IS NULL`,
      params: ofMonth,
    },
    {
      sql: `UPDATE archive_months SET state = 'writing', written_until = ?5 WHERE ${where} AND state = 'dropping'`,
      params: ofMonth,
    },
  ]);
}

export function finishStatement(month: ArchiveMonth, nowMs: number): Statement {
  return {
    sql: `UPDATE archive_months SET state = 'archived', archived_at = ?5
          WHERE dataset = ?1 AND generation = ?2 AND month = ?3 AND round = ?4 AND state = 'dropping'
            AND NOT EXISTS (SELECT 1 FROM archive_parts WHERE dataset = ?1 AND generation = ?2 AND month = ?3
              AND round = ?4 AND dropped_at IS NULL)`,
    params: [month.dataset, month.generation, month.month, month.round, nowMs],
  };
}

/** Rows of the generation `?1` from `?2` to before `?3`. */
function inRange({ where, timeColumn }: ArchiveDataset): string {
  return `${where} AND ${timeColumn} >= ?2 AND ${timeColumn} < ?3`;
}

function fingerprintOf(dataset: ArchiveDataset): string {
  return `(SELECT ${dataset.fingerprint} FROM ${dataset.name} WHERE ${inRange(dataset)})`;
}
