import { type ImportLineError, memberInput } from '@facepass-kit/protocol';
import type { WrittenMember } from '../member-service.ts';
import { type Column, readRow } from './csv-columns.ts';
import { readCsv } from './read-csv.ts';
import type { ImportFormat } from './record-cutter.ts';

/** One record of a file: who it is about, or what is wrong with it. */
export interface ReadLine {
  readonly line: number;
  readonly member: WrittenMember | null;
  readonly errors: readonly ImportLineError[];
}

export interface ReadOptions {
  readonly format: ImportFormat;
  /** Of a CSV. */
  readonly columns: readonly Column[];
  readonly utcOffset: string;
}

/** Reads the records of a piece. Nothing that a record says is repeated in an error. */
export function* readMembers(text: string, firstLine: number, options: ReadOptions): Generator<ReadLine> {
  const { format, columns, utcOffset } = options;
  if (format === 'ndjson') {
    for (const [offset, record] of text.split('\n').entries()) {
      if (record.trim() !== '') yield readJson(record, firstLine + offset);
    }
    return;
  }
  const headerOf = new Map(columns.map(({ field, header }): [string, string] => [field, header]));
  for (const { line, cells, malformed } of readCsv(text, firstLine)) {
    if (malformed || cells.length !== columns.length) {
      yield wrong(
        line,
        null,
        'MALFORMED_CSV',
        'Too many or few cells, or a quote where none may be (RFC 4180).',
      );
    } else {
      const { member, clearedTags } = readRow(columns, cells, utcOffset);
      yield readValue(member, line, headerOf, clearedTags);
    }
  }
}

function readJson(record: string, line: number): ReadLine {
  let value: unknown;
  try {
    value = JSON.parse(record);
  } catch {
    return wrong(line, null, 'MALFORMED_JSON', 'Expected one JSON object on the line.');
  }
  return readValue(value, line, new Map());
}

function readValue(
  value: unknown,
  line: number,
  headerOf: ReadonlyMap<string, string>,
  clearedTags?: readonly string[],
): ReadLine {
  const parsed = memberInput.safeParse(value);
  if (parsed.success) return { line, member: { ...parsed.data, clearedTags }, errors: [] };
  const errors = parsed.error.issues.map(({ path, code, message }): ImportLineError => {
    const unknown = code === 'unrecognized_keys';
    const field = String((path[0] === 'identity' ? path[1] : path[0]) ?? '');
    return {
      line,
      column: unknown || field === '' ? null : (headerOf.get(field) ?? field),
      code: unknown ? 'UNKNOWN_FIELD' : 'INVALID_VALUE',
      // The names of unknown fields are the file's own words.
      hint: unknown ? 'A field is not known here, or misspelt.' : hintOf(field, message),
    };
  });
  return { line, member: null, errors };
}

function hintOf(field: string, message: string): string {
  return field === 'phoneNumber'
    ? `${message}; spreadsheets drop the leading 0 unless the column is text`
    : message;
}

function wrong(line: number, column: string | null, code: string, hint: string): ReadLine {
  return { line, member: null, errors: [{ line, column, code, hint }] };
}
