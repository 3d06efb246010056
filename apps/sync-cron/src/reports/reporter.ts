import { formatVendorTimestamp } from '@facepass-kit/core';
import { type Report, type ReportQuery, report, reportQuery } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { Database } from '../store/database.ts';
import { reportStatement } from './report-queries.ts';

export interface Reporter {
  /** @throws ZodError for a range that is reversed or too long. */
  report(query: ReportQuery): Promise<Report>;
}

/** Hours and days are counted by the wall clock of `timeZone`, with its offset at the range's beginning. */
export function createReporter(database: Database, timeZone: string): Reporter {
  return {
    async report(query) {
      const { name, from, to } = reportQuery.parse(query);
      const stream =
        name.startsWith('registrations') || name === 'audits_undecided' ? 'registrations' : 'verifications';
      const [counted, covered] = await database.execute([
        reportStatement(name, { from, to, offsetMs: offsetOf(from, timeZone) }),
        {
          sql: `SELECT planned_from <= ?2 AND planned_until >= ?3 AND NOT EXISTS (
                  SELECT 1 FROM slices WHERE slices.stream = streams.stream
                    AND slices.generation = streams.generation AND state = 'open' AND kind IN ('forward', 'backfill')
                    AND from_ms < ?3 AND to_ms > ?2) AS complete
                FROM streams JOIN generations USING (stream, generation) WHERE stream = ?1`,
          params: [stream, from, to],
        },
      ]);
      const { complete } = z.object({ complete: z.number().nullable() }).parse(covered?.rows[0]);
      return report.parse({ name, complete: complete === 1, rows: counted?.rows ?? [] });
    },
  };
}

function offsetOf(ms: number, timeZone: string): number {
  const second = Math.floor(ms / 1_000) * 1_000;
  return Date.parse(`${formatVendorTimestamp(second, { timeZone })}Z`) - second;
}
