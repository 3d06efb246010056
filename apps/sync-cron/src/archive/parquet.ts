import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { z } from 'zod';
import { sha256 } from '../sha256.ts';
import type { ArchiveColumn } from './datasets.ts';

/** A row's values in the order of its dataset's columns. */
export type ArchivedRow = readonly (string | number | null)[];

/** Rows as a Parquet file (Snappy), which any tool for the format reads. */
export function writeParquet(columns: readonly ArchiveColumn[], rows: readonly ArchivedRow[]): ArrayBuffer {
  return parquetWriteBuffer({
    columnData: columns.map(({ name, type }, index) => ({
      name,
      type,
      data: rows.map((row) => toFile(type, row[index] ?? null)),
    })),
    createdBy: 'facepass-kit',
  });
}

/** @throws Error where the file is none of ours or has other columns. */
export async function readParquet(
  columns: readonly ArchiveColumn[],
  file: ArrayBuffer,
): Promise<ArchivedRow[]> {
  const objects: Record<string, unknown>[] = await parquetReadObjects({
    file,
    columns: columns.map(({ name }) => name),
  });
  return objects.map((object) => columns.map(({ name }) => fromFile(object[name])));
}

function toFile(type: ArchiveColumn['type'], value: string | number | null): string | bigint | Date | null {
  if (value === null || type === 'STRING') return value === null ? null : String(value);
  return type === 'INT64' ? BigInt(value) : new Date(Number(value));
}

const stored = z.union([
  z.null(),
  z.undefined().transform(() => null),
  z.string(),
  z.bigint().transform(Number),
  z.date().transform((date) => date.getTime()),
]);

function fromFile(value: unknown): string | number | null {
  return stored.parse(value);
}

/** SHA-256 in hex of rows, one JSON array a line: the same for the same rows, however they are stored. */
export async function hashRows(rows: readonly ArchivedRow[]): Promise<string> {
  return await sha256(new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n')));
}
