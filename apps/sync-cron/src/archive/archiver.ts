import { z } from 'zod';
import type { Log } from '../log.ts';
import { sha256 } from '../sha256.ts';
import { type Database, rowsOf } from '../store/database.ts';
import { isSettled } from './archivable.ts';
import type { ArchiveBucket } from './archive-bucket.ts';
import {
  type ArchiveMonth,
  type ArchivePart,
  beginMonth,
  dropPart,
  finishStatement,
  monthUnderWay,
  notePart,
  oldestRow,
  partEnd,
  partToDrop,
  readRange,
  writeAnew,
} from './archive-store.ts';
import { type ArchiveDataset, archiveDatasets } from './datasets.ts';
import { archivableUntil, monthOf } from './months.ts';
import { hashRows, readParquet, writeParquet } from './parquet.ts';

export interface ArchiverParts {
  readonly database: Database;
  readonly bucket: ArchiveBucket;
  readonly now: () => number;
  readonly log: Log;
  /** A month is moved once so many whole months lie behind it. */
  readonly afterMonths: number;
  /** Default: what a dataset's rows allow. */
  readonly rowsPerPart?: number;
  readonly mayGoOn: () => boolean;
}

/** Steps a run: a part is written, or dropped, in a second or two of CPU time. */
const STEPS_PER_RUN = 8;

/** What came of one step; `idle`: there is nothing to do now. */
type Step = 'began' | 'wrote' | 'dropped' | 'rewriting' | 'finished' | 'moved_on' | 'idle';

/**
 * Moves settled months out of D1, step by step. Each step can be lost or done twice without harm: a file is known
 * only after it was read back and compared with the rows it was made of, and rows go only in the transaction that
 * finds them unchanged since, while the file still lies where it was put.
 *
 * @returns how many steps were done.
 */
export async function archive(parts: ArchiverParts): Promise<number> {
  let steps = 0;
  while (steps < STEPS_PER_RUN && parts.mayGoOn()) {
    const step = await next(parts);
    if (step === 'idle') break;
    steps++;
    // Somebody else is at it.
    if (step === 'moved_on') break;
  }
  return steps;
}

async function next(parts: ArchiverParts): Promise<Step> {
  const month = await monthUnderWay(parts.database);
  if (month === null) return await begin(parts);
  const dataset = archiveDatasets.find(({ name }) => name === month.dataset);
  if (dataset === undefined) throw new Error(`no dataset is called "${month.dataset}"`);
  if (month.state === 'writing') return await write(parts, dataset, month);
  const part = await partToDrop(parts.database, month);
  if (part === null) return await finish(parts, month);
  return await drop(parts, dataset, month, part);
}

const plannedRow = z.object({ generation: z.number().int(), planned_from: z.number().int().nullable() });

async function begin({ database, now, log, afterMonths }: ArchiverParts): Promise<Step> {
  const untilMs = archivableUntil(now(), afterMonths);
  const [row] = await rowsOf(
    database,
    `SELECT generation, planned_from FROM streams JOIN generations USING (stream, generation)
     WHERE stream = 'verifications'`,
  );
  const { generation: current, planned_from: plannedFrom } = plannedRow.parse(row);
  if (plannedFrom === null) return 'idle';
  for (const dataset of archiveDatasets) {
    const isOurs = dataset.name === 'decisions';
    const generation = isOurs ? 0 : current;
    // What a backfill has left that was given up is not proven.
    const fromMs = isOurs ? Number.MIN_SAFE_INTEGER : plannedFrom;
    const oldest = await oldestRow(database, dataset, generation, { fromMs, untilMs });
    if (oldest === null) continue;
    const whole = monthOf(oldest);
    const month = { ...whole, fromMs: Math.max(whole.fromMs, fromMs) };
    if (!(await isSettled(database, month))) continue;
    const begun = await beginMonth(database, dataset.name, generation, month, now());
    if (begun === null) return 'moved_on';
    if (begun.round > 1)
      log.alert('archive.late_rows', { dataset: dataset.name, month: month.name, round: begun.round });
    return 'began';
  }
  return 'idle';
}

async function write(parts: ArchiverParts, dataset: ArchiveDataset, month: ArchiveMonth): Promise<Step> {
  const { database, bucket, now, log } = parts;
  const fromMs = month.written_until;
  const toMs = await partEnd(database, dataset, month, fromMs, parts.rowsPerPart ?? dataset.rowsPerPart);
  const { rows, fingerprint } = await readRange(database, dataset, month.generation, { fromMs, toMs });
  const rowsHash = await hashRows(rows);
  const file = writeParquet(dataset.columns, rows);
  const fileHash = await sha256(file);
  const key = keyOf(month, fromMs, fileHash);
  if (rows.length > 0) {
    await bucket.put(key, file, fileHash);
    const readBack = await bucket.get(key);
    const copy = readBack === null ? [] : await readParquet(dataset.columns, readBack);
    if (copy.length !== rows.length || (await hashRows(copy)) !== rowsHash) {
      log.alert('archive.not_read_back', {
        dataset: dataset.name,
        month: month.month,
        rows: rows.length,
        read: copy.length,
      });
      return 'moved_on';
    }
  }
  const noted = await notePart(
    database,
    month,
    {
      object_key: key,
      from_ms: fromMs,
      to_ms: toMs,
      row_count: rows.length,
      rows_sha256: rowsHash,
      file_sha256: fileHash,
      fingerprint,
      bytes: file.byteLength,
    },
    now(),
  );
  return noted ? 'wrote' : 'moved_on';
}

async function drop(
  { database, bucket, now, log }: ArchiverParts,
  dataset: ArchiveDataset,
  month: ArchiveMonth,
  part: ArchivePart,
): Promise<Step> {
  // A slice that was opened since, or a row that is being looked for, may still change the month.
  const isStill = await isSettled(database, { name: month.month, fromMs: month.from_ms, toMs: month.to_ms });
  if (!isStill) return 'idle';
  const isThere = await bucket.holds(part.object_key, part.file_sha256);
  if (isThere && (await dropPart(database, dataset, month, part, now()))) return 'dropped';
  const { dataset: name, month: monthName } = month;
  if (!isThere) log.alert('archive.file_lost', { dataset: name, month: monthName });
  await writeAnew(database, month, part.from_ms);
  return 'rewriting';
}

async function finish({ database, now, log }: ArchiverParts, month: ArchiveMonth): Promise<Step> {
  const [result] = await database.execute([finishStatement(month, now())]);
  if ((result?.changes ?? 0) === 0) return 'moved_on';
  log.info('archive.month', { dataset: month.dataset, month: month.month, round: month.round });
  return 'finished';
}

/**
 * `verifications/generation-0/2026-01/round-1/1767225600000-5feceb66ffc86f38.parquet`: another content is another file, so
 * that a run that was overtaken while it wrote never writes over what another has proven since.
 */
function keyOf(
  { dataset, generation, month, round }: ArchiveMonth,
  fromMs: number,
  fileHash: string,
): string {
  return `${dataset}/generation-${generation}/${month}/round-${round}/${fromMs}-${fileHash.slice(0, 16)}.parquet`;
}
