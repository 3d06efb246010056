import {
  CSV_BYTE_ORDER_MARK,
  csvLine,
  type ExportRequest,
  exportRequest,
  type PersonReferences,
} from '@facepass-kit/protocol';
import { z } from 'zod';
import type { ArchiveBucket } from '../archive/archive-bucket.ts';
import { archivedOf, archivedRows } from '../archive/archive-reader.ts';
import { type Database, rowsOf } from '../store/database.ts';
import { archivedName, type ExportSource, exportSources } from './export-tables.ts';

/** Rows a page: about a megabyte of text, and 4.7 million rows within a paid invocation's statements. */
const ROWS_PER_PAGE = 5_000;
/** Keys opened and kept for one export, so that a regular is opened once. */
const KEYS_KEPT = 20_000;

export interface ExportParts {
  readonly database: Database;
  readonly people: PersonReferences;
  /** Absent: a range that is archived in part breaks off. */
  readonly bucket: ArchiveBucket | undefined;
  /** Whether another page may be read. */
  readonly mayGoOn: () => boolean;
}

type Cell = string | number | null;

const pageRow = z.object({
  cells: z.string(),
  t: z.number(),
  k: z.string(),
  hmac: z.string().nullable(),
  sealed: z.string().nullable(),
});
const cellsOf = z.array(z.union([z.string(), z.number(), z.null()]));

/**
 * The rows of a range as CSV or NDJSON, made page by page as fast as they are read: first what is archived, a file at a
 * time, then what is here, in order of time.
 *
 * @throws ZodError for a query that is not one, before the first byte.
 */
export function exportRows(query: ExportRequest, parts: ExportParts): ReadableStream<Uint8Array> {
  const { table, format, from, to, keys } = exportRequest.parse(query);
  const source = exportSources[table];
  const names = [...source.columns.map(({ name }) => name), 'person', ...(keys ? ['merchantUserKey'] : [])];
  const lines = linesOf(source, { from, to, keys }, parts, (cells) =>
    format === 'csv'
      ? csvLine(cells)
      : `${JSON.stringify(Object.fromEntries(names.map((name, index) => [name, cells[index] ?? null])))}\n`,
  );
  const head = format === 'csv' ? `${CSV_BYTE_ORDER_MARK}${csvLine(names)}` : '';
  return bytesOf(head, lines);
}

async function* linesOf(
  source: ExportSource,
  { from, to, keys }: { readonly from: number; readonly to: number; readonly keys: boolean },
  parts: ExportParts,
  line: (cells: readonly Cell[]) => string,
): AsyncGenerator<string> {
  const { database, people, mayGoOn } = parts;
  const sql = pageSql(source);
  const keyOf = keyOpener(people);
  const written = async (values: readonly Cell[], { hmac, sealed }: Named): Promise<string> => {
    const cells = values.map((value, index) =>
      source.columns[index]?.isInstant === true && typeof value === 'number'
        ? new Date(value).toISOString()
        : value,
    );
    return line([...cells, hmac, ...(keys ? [await keyOf(hmac, sealed)] : [])]);
  };
  const archived = source.archive === undefined ? null : { dataset: source.archive, from, to };
  const filesIn = async () => (archived === null ? 0 : ((await archivedOf(database, archived))?.files ?? 0));
  const files = await filesIn();
  if (archived !== null) {
    for await (const records of archivedRows(archived, parts)) {
      const named = await namesOf(
        database,
        records.map(({ person_id }) => Number(person_id ?? 0)),
      );
      let text = '';
      for (const record of records) {
        const cells = source.columns.map((column) => record[archivedName(column)] ?? null);
        text += await written(cells, named.get(Number(record['person_id'] ?? 0)) ?? nobody);
      }
      yield text;
    }
  }
  let last: readonly [number, string] = [from, ''];
  for (;;) {
    if (!mayGoOn()) {
      throw new Error('this export is too large for one request: ask for a shorter range');
    }
    const rows = (await rowsOf(database, sql, [from, to, ...last, ROWS_PER_PAGE])).map((row) =>
      pageRow.parse(row),
    );
    let text = '';
    for (const { cells, hmac, sealed } of rows) {
      text += await written(cellsOf.parse(JSON.parse(cells)), { hmac, sealed });
    }
    yield text;
    const end = rows.at(-1);
    if (end === undefined || rows.length < ROWS_PER_PAGE) {
      // What was moved after the archive was read is in neither half.
      if ((await filesIn()) !== files) {
        throw new Error('rows of this range were moved to the archive meanwhile: ask again');
      }
      return;
    }
    last = [end.t, end.k];
  }
}

type Named = Pick<z.infer<typeof pageRow>, 'hmac' | 'sealed'>;
const nobody: Named = { hmac: null, sealed: null };
const personRow = z.object({ id: z.number(), hmac: z.string().nullable(), sealed: z.string().nullable() });

/** Who archived rows are about now: nobody, once a person was erased. */
async function namesOf(database: Database, ids: readonly number[]): Promise<Map<number, Named>> {
  const rows = await rowsOf(
    database,
    'SELECT id, hmac, sealed FROM persons WHERE id IN (SELECT value FROM json_each(?1))',
    [JSON.stringify([...new Set(ids)])],
  );
  return new Map(rows.map((row) => personRow.parse(row)).map(({ id, ...named }) => [id, named]));
}

/** One stretch of one index, however far in the range it begins. */
export function pageSql({ from, where, order: [time, id], columns }: ExportSource): string {
  return `SELECT json_array(${columns.map(({ sql }) => sql).join(', ')}) AS cells, ${time} AS t, ${id} AS k,
    p.hmac, p.sealed FROM ${from}
    WHERE ${where} AND ${time} >= ?1 AND ${time} < ?2 AND ${time} >= ?3 AND (${time} > ?3 OR ${id} > ?4)
    ORDER BY ${time}, ${id} LIMIT ?5`;
}

/** Opens sealed keys, the same person's once. */
function keyOpener(people: PersonReferences) {
  const opened = new Map<string, string>();
  return async (hmac: string | null, sealed: string | null): Promise<string | null> => {
    if (hmac === null || sealed === null) return null;
    const known = opened.get(hmac);
    if (known !== undefined) return known;
    const key = await people.open({ hmac, sealed });
    if (opened.size >= KEYS_KEPT) opened.clear();
    opened.set(hmac, key);
    return key;
  };
}

/** Text as bytes, made only when somebody reads them; a failure breaks the stream off. */
function bytesOf(head: string, chunks: AsyncIterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let first = head;
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      // An empty chunk would not count as progress: the next one is read until there is something.
      for (;;) {
        const { done, value } = await chunks.next();
        const text = first + (done === true ? '' : value);
        first = '';
        if (text !== '') controller.enqueue(encoder.encode(text));
        if (done === true) controller.close();
        if (done === true || text !== '') return;
      }
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}
