import { z } from 'zod';
import { sha256 } from '../sha256.ts';
import { type Database, rowsOf } from '../store/database.ts';
import type { ArchiveBucket } from './archive-bucket.ts';
import { type ArchiveDataset, archiveDatasets } from './datasets.ts';
import { readParquet } from './parquet.ts';

export interface ArchiveRange {
  readonly dataset: ArchiveDataset['name'];
  /** UTC milliseconds; `from` counts, `to` does not. */
  readonly from: number;
  readonly to: number;
}

/** A row of the archive by its columns. */
export type ArchivedRecord = Readonly<Record<string, string | number | null>>;

const summaryRow = z.object({
  from: z.number().nullable(),
  to: z.number().nullable(),
  rows: z.number(),
  files: z.number(),
});
const partRow = z.object({ object_key: z.string(), round: z.number(), file_sha256: z.string() });

const inRange = `archive_parts INDEXED BY archive_parts_by_range WHERE dataset = ?1
  AND generation = CASE ?1 WHEN 'decisions' THEN 0 ELSE (SELECT generation FROM streams WHERE stream = ?1) END
  AND from_ms < ?3 AND to_ms > ?2 AND dropped_at IS NOT NULL`;

export interface ArchivedStretch {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly files: number;
}

/** What of a range lies in the archive: its stretch, and the rows of all parts that reach into it; null if nothing. */
export async function archivedOf(
  database: Database,
  { dataset, from, to }: ArchiveRange,
): Promise<ArchivedStretch | null> {
  const [row] = await rowsOf(
    database,
    `SELECT max(min(from_ms), ?2) AS "from", min(max(to_ms), ?3) AS "to", coalesce(sum(row_count), 0) AS rows,
       count(*) AS files FROM ${inRange}`,
    [dataset, from, to],
  );
  const { from: first, to: last, rows, files } = summaryRow.parse(row);
  return first === null || last === null ? null : { from: first, to: last, rows, files };
}

export interface ArchiveReaderParts {
  readonly database: Database;
  /** Absent: what is archived cannot be read. */
  readonly bucket: ArchiveBucket | undefined;
  /** Whether another file may be read. */
  readonly mayGoOn: () => boolean;
}

/**
 * The rows of a range that are in the archive, a file at a time. A row that came again after its month was archived is
 * given once, as it was last: by its latest round, or not at all where it is in the database now.
 */
export async function* archivedRows(
  { dataset: name, from, to }: ArchiveRange,
  { database, bucket, mayGoOn }: ArchiveReaderParts,
): AsyncGenerator<ArchivedRecord[]> {
  const dataset = archiveDatasets.find((one) => one.name === name);
  const parts = (
    await rowsOf(
      database,
      `SELECT object_key, round, file_sha256 FROM ${inRange} ORDER BY round DESC, from_ms`,
      [name, from, to],
    )
  ).map((row) => partRow.parse(row));
  if (parts.length === 0 || dataset === undefined) return;
  if (bucket === undefined) throw new Error('part of this range is archived, and no archive is bound');
  const superseded = await idsHere(database, dataset, from, to);
  let ofRound: string[] = [];
  let round = parts[0]?.round;
  for (const part of parts) {
    if (!mayGoOn())
      throw new Error('this range is too large to be read from the archive at once: ask for a shorter one');
    if (part.round !== round) {
      for (const id of ofRound) superseded.add(id);
      ofRound = [];
      round = part.round;
    }
    const file = await bucket.get(part.object_key);
    if (file === null) throw new Error('a file of the archive is not where it was put');
    if ((await sha256(file)) !== part.file_sha256)
      throw new Error('a file of the archive is another than was put');
    const records = (await readParquet(dataset.columns, file)).map((row) => recordOf(dataset, row));
    // Of a month that went in one round, nothing can come twice.
    if (part.round > 1) ofRound.push(...records.map(({ id }) => String(id)));
    yield records.filter((record) => {
      const at = Number(record[dataset.timeColumn]);
      return at >= from && at < to && !superseded.has(String(record['id']));
    });
  }
}

/** Ids of the range's rows that are in the database: what came after their month was archived. */
async function idsHere(
  database: Database,
  { name, timeColumn, where }: ArchiveDataset,
  from: number,
  to: number,
): Promise<Set<string>> {
  const generation = `(CASE ?1 WHEN 'decisions' THEN 0 ELSE (SELECT generation FROM streams WHERE stream = ?1) END)`;
  // Only where rows were dropped: a month that is still being moved has all of its own here.
  const rows = await rowsOf(
    database,
    `SELECT id FROM (SELECT from_ms, to_ms FROM ${inRange}) AS part
     JOIN ${name} ON ${where.replace('?1', generation)}
       AND ${timeColumn} >= max(part.from_ms, ?2) AND ${timeColumn} < min(part.to_ms, ?3)`,
    [name, from, to],
  );
  return new Set(rows.map((row) => z.object({ id: z.string() }).parse(row).id));
}

function recordOf({ columns }: ArchiveDataset, row: readonly (string | number | null)[]): ArchivedRecord {
  return Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null]));
}
