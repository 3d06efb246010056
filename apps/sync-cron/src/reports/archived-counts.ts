import type { ReportName } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { ArchivedRecord } from '../archive/archive-reader.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What an archived row counts for in a report: keys, and an instant for those that keep one. */
export interface Counted {
  readonly keys: readonly (string | null)[];
  readonly at: number | null;
}

const grouped = z.object({
  member: z.object({ groups: z.array(z.string()) }).nullish(),
  facts: z.object({ groups: z.array(z.string()) }).nullish(),
});

/**
 * The same as a report's query counts, for one row of the archive. Registrations are never archived, so that the
 * reports on them have nothing here.
 */
export function countedOf(name: ReportName, record: ArchivedRecord, offsetMs: number): Counted {
  const text = (column: string): string | null => {
    const value = record[column];
    return value === undefined || value === null ? null : String(value);
  };
  const counts = (
    applies: boolean,
    keys: () => readonly (string | null)[],
    at: number | null = null,
  ): Counted => (applies ? { keys: keys(), at } : nothing);
  const isHere = text('absent_at') === null;
  const verifiedAt = Number(record['verified_at']);
  const isEntry = isHere && text('status') === 'SUCCESS';
  const isFirst = text('repeat_of') === null;
  const wallClock = (widthMs: number): string =>
    new Date(Math.floor((verifiedAt + offsetMs) / widthMs) * widthMs).toISOString();
  switch (name) {
    case 'entries_by_hour':
      return counts(isEntry, () => [`${wallClock(HOUR_MS).slice(0, 13)}:00`]);
    case 'entries_by_day':
      return counts(isEntry, () => [wallClock(DAY_MS).slice(0, 10)]);
    case 'entries_by_device':
      return counts(isEntry, () => [text('device_id')]);
    case 'entries_by_place':
      return counts(isEntry, () => [text('params')]);
    case 'device_last_seen':
      return counts(isHere, () => [text('device_id')], verifiedAt);
    case 'failures_by_result': {
      const status = text('status');
      return counts(isHere && status !== null && status !== 'SUCCESS', () => [text('result_code')]);
    }
    case 'permits_by_zone':
      return counts(isFirst && text('effect') === 'permit', () => [text('zone_id')]);
    case 'permits_by_group':
      return counts(isFirst && text('effect') === 'permit', () => groupsOf(text('inputs') ?? '{}'));
    case 'denials_by_reason':
      return counts(isFirst && text('effect') === 'deny', () => [text('reason')]);
    case 'registrations_by_status':
    case 'registrants_by_status':
    case 'audit_waiting':
    case 'audits_undecided':
      return nothing;
  }
}

const nothing: Counted = { keys: [], at: null };

function groupsOf(inputs: string): readonly string[] {
  const parsed = grouped.safeParse(JSON.parse(inputs));
  return parsed.data?.member?.groups ?? parsed.data?.facts?.groups ?? [];
}
