import { formatVendorTimestamp } from '@facepass-kit/core';
import { type Report, type ReportQuery, report, reportQuery } from '@facepass-kit/protocol';
import { z } from 'zod';
import {
  type ArchivedStretch,
  type ArchiveRange,
  type ArchiveReaderParts,
  archivedOf,
  archivedRows,
} from '../archive/archive-reader.ts';
import { rowsOf } from '../store/database.ts';
import { countedOf } from './archived-counts.ts';
import { type Latest, ROWS_PER_REPORT, reportPlan } from './report-queries.ts';

export interface Reporter {
  /** @throws ZodError for a range that is reversed or too long. */
  report(query: ReportQuery): Promise<Report>;
}

const countRow = z.object({
  key: z.union([z.string(), z.number()]).transform(String).nullable(),
  count: z.number().int(),
  at: z.number().int().nullable(),
});
type CountRow = z.infer<typeof countRow>;

const aboutRegistrations = /^(registra|audit)/;
const aboutDecisions = /^(permits|denials)/;

/** Where older rows of what a report counts may be; registrations are never archived. */
function datasetOf(name: string): ArchiveRange['dataset'] | null {
  return aboutRegistrations.test(name) ? null : aboutDecisions.test(name) ? 'decisions' : 'verifications';
}

export interface ReporterParts extends ArchiveReaderParts {
  readonly timeZone: string;
}

/** Files of the archive a report reads: 800,000 visits, some seconds of CPU time. A longer range says what it leaves. */
const FILES_PER_REPORT = 40;

/** How often a report is counted while rows of its range are moved to the archive: a run moves a few parts, and pauses. */
const TRIES = 3;

/** Hours and days are counted by the wall clock of `timeZone`, with its offset at the range's beginning. */
export function createReporter({ timeZone, ...archive }: ReporterParts): Reporter {
  const { database } = archive;
  /** Counts what of the range is archived; what it could not count is given back. */
  const countArchived = async (
    { name, from, to }: z.output<typeof reportQuery>,
    offsetMs: number,
    add: (row: CountRow) => void,
  ): Promise<ArchivedStretch | null> => {
    const dataset = datasetOf(name);
    if (dataset === null) return null;
    const stretch = await archivedOf(database, { dataset, from, to });
    if (stretch === null) return null;
    if (archive.bucket === undefined || stretch.files > FILES_PER_REPORT) return stretch;
    for await (const records of archivedRows({ dataset, from, to }, archive)) {
      for (const record of records) {
        const { keys, at } = countedOf(name, record, offsetMs);
        for (const key of keys) add({ key, count: 1, at });
      }
    }
    return null;
  };

  const filesOf = async ({ name, from, to }: z.output<typeof reportQuery>): Promise<number> => {
    const dataset = datasetOf(name);
    return dataset === null ? 0 : ((await archivedOf(database, { dataset, from, to }))?.files ?? 0);
  };

  const count = async (asked: z.output<typeof reportQuery>): Promise<Report> => {
    const { name, from, to } = asked;
    const offsetMs = offsetOf(from, timeZone);
    const { parts, at } = reportPlan(name, { from, to, offsetMs });
    const rows = new Map<string | null, CountRow>();
    // One after the other: a year in one transaction would keep the mirror from writing for as long.
    for (const { sql, params = [] } of parts) {
      for (const row of await rowsOf(database, sql, params)) addTo(rows, countRow.parse(row), at);
    }
    const [covered] = await rowsOf(
      database,
      `SELECT planned_from <= ?2 AND planned_until >= ?3 AND NOT EXISTS (
           SELECT 1 FROM slices WHERE slices.stream = streams.stream
             AND slices.generation = streams.generation AND state = 'open' AND kind IN ('forward', 'backfill')
             AND from_ms < ?3 AND to_ms > ?2) AS complete
         FROM streams JOIN generations USING (stream, generation) WHERE stream = ?1`,
      [aboutRegistrations.test(name) ? 'registrations' : 'verifications', from, to],
    );
    const { complete } = z.object({ complete: z.number().nullable() }).parse(covered);
    const archived = await countArchived(asked, offsetMs, (row) => addTo(rows, row, at));
    return report.parse({
      name,
      complete: complete === 1 && archived === null,
      archived,
      rows: inOrder(rows).slice(0, ROWS_PER_REPORT),
    });
  };

  return {
    async report(query) {
      const asked = reportQuery.parse(query);
      for (let tries = 0; tries < TRIES; tries++) {
        const files = await filesOf(asked);
        const counted = await count(asked);
        // What was moved to the archive meanwhile may have been counted in both.
        if ((await filesOf(asked)) === files) return counted;
      }
      throw new Error('rows of this range are being moved to the archive: ask again in a minute');
    },
  };
}

function addTo(rows: Map<string | null, CountRow>, { key, count, at }: CountRow, latest: Latest): void {
  const known = rows.get(key);
  const both = [known?.at ?? at, at].filter((one) => one !== null);
  const joined = both.length === 0 ? null : latest === 'min' ? Math.min(...both) : Math.max(...both);
  rows.set(key, { key, count: (known?.count ?? 0) + count, at: joined });
}

/** By key, what has none first, as SQLite orders. */
function inOrder(rows: ReadonlyMap<string | null, CountRow>): CountRow[] {
  return [...rows.values()].sort((a, b) =>
    a.key === b.key ? 0 : a.key === null ? -1 : b.key === null ? 1 : a.key < b.key ? -1 : 1,
  );
}

function offsetOf(ms: number, timeZone: string): number {
  const second = Math.floor(ms / 1_000) * 1_000;
  return Date.parse(`${formatVendorTimestamp(second, { timeZone })}Z`) - second;
}
