import type { ReportName } from '@facepass-kit/protocol';
import type { Statement } from '../store/database.ts';

/** More keys than any venue has devices, zones or hours in a year. */
const ROWS_PER_REPORT = 10_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Range {
  readonly from: number;
  readonly to: number;
  /** The wall clock's distance from UTC at the range's beginning. */
  readonly offsetMs: number;
}

const verifications = `verifications WHERE generation = (SELECT generation FROM streams WHERE stream = 'verifications')
  AND verified_at >= ?1 AND verified_at < ?2 AND absent_at IS NULL`;
const registrations = `registrations WHERE generation = (SELECT generation FROM streams WHERE stream = 'registrations')
  AND event_at >= ?1 AND event_at < ?2 AND absent_at IS NULL`;
const decisions = 'decisions WHERE at >= ?1 AND at < ?2 AND repeat_of IS NULL';

/**
 * A report's query. Each reads one stretch of one index in order of time and counts it, so that its cost is that
 * of its range, whatever else the mirror holds.
 */
export function reportStatement(name: ReportName, { from, to, offsetMs }: Range): Statement {
  const params = [from, to];
  const counting = (key: string, source: string, at = 'NULL'): Statement => ({
    sql: `SELECT ${key} AS key, count(*) AS count, ${at} AS at FROM ${source}
          GROUP BY 1 ORDER BY 1 LIMIT ${ROWS_PER_REPORT}`,
    params,
  });
  const byTime = (widthMs: number, format: string): Statement =>
    counting(
      `strftime('${format}', (verified_at + ${offsetMs}) / ${widthMs} * ${widthMs / 1_000}, 'unixepoch')`,
      `${verifications} AND status = 'SUCCESS'`,
    );
  switch (name) {
    case 'entries_by_hour':
      return byTime(HOUR_MS, '%Y-%m-%dT%H:00');
    case 'entries_by_day':
      return byTime(DAY_MS, '%Y-%m-%d');
    case 'entries_by_device':
      return counting('device_id', `${verifications} AND status = 'SUCCESS'`);
    case 'permits_by_zone':
      return counting('zone_id', `${decisions} AND effect = 'permit'`);
    case 'denials_by_reason':
      return counting('reason', `${decisions} AND effect = 'deny'`);
    case 'failures_by_result':
      return counting('result_code', `${verifications} AND status <> 'SUCCESS'`);
    case 'registrations_by_status':
      return counting('audit_status', registrations);
    case 'audits_undecided':
      return counting(
        'audit_status',
        `${registrations} AND audit_status IN ('WAITING', 'HOLDING')`,
        'min(event_at)',
      );
    case 'device_last_seen':
      return counting('device_id', verifications, 'max(verified_at)');
  }
}
