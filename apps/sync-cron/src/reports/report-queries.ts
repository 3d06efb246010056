import type { ReportName } from '@facepass-kit/protocol';
import type { Statement } from '../store/database.ts';

/** More keys than any venue has devices, zones or hours in a year. */
export const ROWS_PER_REPORT = 10_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** At 400,000 rows a day a week is 2.8 million of an index: seconds, where D1 stops a query after thirty. */
const PART_MS = 7 * DAY_MS;

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
const isDecided = `audit_status NOT IN ('WAITING', 'HOLDING')`;
const decided = 'at >= ?1 AND at < ?2 AND repeat_of IS NULL';
const decisions = `decisions WHERE ${decided}`;
/** Each permit once for every group of the member's. */
const permitsOfGroups = `decisions, json_each(coalesce(inputs -> '$.member.groups', inputs -> '$.facts.groups', '[]'))
  AS member_group WHERE ${decided} AND effect = 'permit'`;

/**
 * The last event of each person's in the range, within a second what decides; SQLite takes the other columns from the row
 * with the maximum. The plus keeps it to the index by time: that by person would read every range there is.
 */
const lastOfPeople = `(SELECT audit_status, max(event_at * 2 + coalesce(${isDecided}, 0)) FROM ${registrations} AND +person_id > 0
  GROUP BY +person_id)`;

/** Undecided to this day: where FacePass writes a new row for each status, a WAITING row stays what it is. */
const undecided = `${registrations} AND audit_status IN ('WAITING', 'HOLDING') AND NOT EXISTS (
  SELECT 1 FROM registrations AS later WHERE later.generation = registrations.generation
    AND later.person_id = registrations.person_id AND registrations.person_id > 0
    AND later.event_at >= registrations.event_at AND later.${isDecided} AND later.absent_at IS NULL)`;

/**
 * How long decided audits had waited: since the person's last WAITING event where FacePass writes a new row for each
 * status, unless that was decided before (a registration that is cancelled later is no audit); until we saw the row changed
 * where it rewrites the row. Unknown where neither is there.
 */
const waited = `(SELECT CASE WHEN ms < 60000 THEN 'under a minute' WHEN ms < ${HOUR_MS} THEN 'under an hour'
    WHEN ms < ${DAY_MS} THEN 'under a day' WHEN ms < ${7 * DAY_MS} THEN 'under a week' ELSE 'a week or longer' END AS span
  FROM (SELECT CASE WHEN since IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM registrations AS settled WHERE settled.generation = decided.generation
          AND settled.person_id = decided.person_id AND settled.event_at >= since
          AND settled.event_at < decided.event_at AND settled.${isDecided}) THEN event_at - since
      WHEN revision > 0 THEN fetched_at - event_at END AS ms
    FROM (SELECT *, (SELECT max(event_at) FROM registrations AS before WHERE before.generation = registrations.generation
        AND before.person_id = registrations.person_id AND before.event_at <= registrations.event_at
        AND before.audit_status = 'WAITING' AND before.id <> registrations.id) AS since
      FROM ${registrations} AND ${isDecided} AND +person_id > 0) AS decided)
  WHERE ms IS NOT NULL)`;

/** How `at` of the same key is put together from several parts. */
export type Latest = 'max' | 'min' | null;

/** A report's queries; a key's counts are summed over all of them. */
export interface ReportPlan {
  readonly parts: readonly Statement[];
  readonly at: Latest;
}

/**
 * Each query reads one stretch of one index in order of time and counts it, so that its cost is that of its
 * stretch, whatever else the mirror holds.
 */
export function reportPlan(name: ReportName, { from, to, offsetMs }: Range): ReportPlan {
  const counting = (key: string, source: string, at: Latest = null, atColumn = ''): ReportPlan => ({
    at,
    parts: stretches(from, to).map((params) => ({
      sql: `SELECT ${key} AS key, count(*) AS count, ${at === null ? 'NULL' : `${at}(${atColumn})`} AS at FROM ${source}
            GROUP BY 1 ORDER BY 1 LIMIT ${ROWS_PER_REPORT}`,
      params,
    })),
  });
  /** What cannot be counted in parts: people, of whom one may be in several. */
  const atOnce = (key: string, source: string): ReportPlan => {
    const [part] = counting(key, source).parts;
    return { at: null, parts: part === undefined ? [] : [{ ...part, params: [from, to] }] };
  };
  const byTime = (widthMs: number, format: string): ReportPlan =>
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
    case 'entries_by_place':
      return counting('params', `${verifications} AND status = 'SUCCESS'`);
    case 'permits_by_zone':
      return counting('zone_id', `${decisions} AND effect = 'permit'`);
    case 'permits_by_group':
      return counting('member_group.value', permitsOfGroups);
    case 'denials_by_reason':
      return counting('reason', `${decisions} AND effect = 'deny'`);
    case 'failures_by_result':
      return counting('result_code', `${verifications} AND status <> 'SUCCESS'`);
    case 'registrations_by_status':
      return counting('audit_status', registrations);
    case 'registrants_by_status':
      return atOnce('audit_status', lastOfPeople);
    case 'audit_waiting':
      return counting('span', waited);
    case 'audits_undecided':
      return counting('audit_status', undecided, 'min', 'event_at');
    case 'device_last_seen':
      return counting('device_id', verifications, 'max', 'verified_at');
  }
}

function stretches(from: number, to: number): [number, number][] {
  const parts: [number, number][] = [];
  for (let start = from; start < to; start += PART_MS) parts.push([start, Math.min(start + PART_MS, to)]);
  return parts;
}
