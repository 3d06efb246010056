import * as z from 'zod';

/**
 * - `csv`: RFC 4180 with a header line and a byte order mark, which spreadsheets need to read Korean; a text that a
 *   spreadsheet would take for a formula is preceded by an apostrophe;
 * - `ndjson`: one JSON object a line.
 */
export const exportFormat = z.enum(['csv', 'ndjson']);
export type ExportFormat = z.infer<typeof exportFormat>;

/** What is exported: both histories, our answers, and what comparing them found. */
export const exportTable = z.enum(['verifications', 'registrations', 'decisions', 'findings']);
export type ExportTable = z.infer<typeof exportTable>;

/** A month and a day: more is better taken month by month. */
const EXPORT_RANGE_MAX_MS = 32 * 86_400_000;

/** Which rows an administrator asks for. */
export const exportRequest = z
  .strictObject({
    table: exportTable,
    format: exportFormat.default('csv'),
    /** UTC milliseconds; `from` counts, `to` does not. */
    from: z.number().int(),
    to: z.number().int(),
    /** Whether people are named by key beside their reference: administrators only. */
    keys: z.boolean().default(false),
  })
  .refine(({ from, to }) => from < to && to - from <= EXPORT_RANGE_MAX_MS, {
    path: ['to'],
    error: 'expected a later instant, at most 32 days after from',
  });
export type ExportRequest = z.input<typeof exportRequest>;

/** The media type of each format. */
export const EXPORT_MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

/**
 * A cell of a CSV file. A text that begins like a formula is preceded by an apostrophe, after any blanks too, since
 * spreadsheets look past them.
 */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const inert = /^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) || inert !== inert.trim() ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** A line of a CSV file, with its end (RFC 4180 §2). */
export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvCell).join(',')}\r\n`;
}

/** The mark by which spreadsheets know UTF-8. */
export const CSV_BYTE_ORDER_MARK = '\uFEFF';
