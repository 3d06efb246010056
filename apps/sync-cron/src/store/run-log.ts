import type { SyncReport } from '@facepass-kit/protocol';
import type { Statement } from './database.ts';

/** Notes what a run did. */
export function runStatement(report: SyncReport): Statement {
  return {
    sql: `INSERT INTO runs (id, trigger, started_at, finished_at, report) VALUES (?1, ?2, ?3, ?4, ?5)
          ON CONFLICT (id) DO NOTHING`,
    params: [
      report.runId,
      report.trigger,
      report.startedAt,
      report.finishedAt,
      JSON.stringify(report.streams),
    ],
  };
}
