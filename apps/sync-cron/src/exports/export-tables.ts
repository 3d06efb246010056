import type { ExportTable } from '@facepass-kit/protocol';
import type { ArchiveDataset } from '../archive/datasets.ts';

/** A column of an export: its name, and the SQL that gives it. */
export interface ExportColumn {
  readonly name: string;
  readonly sql: string;
  /** An instant in UTC milliseconds, written as ISO 8601. */
  readonly isInstant?: boolean;
  /** Its name in the archive, where that is not the column's. */
  readonly archived?: string;
}

/** The name of a column in the archive, where it is there. */
export function archivedName({ sql, archived }: ExportColumn): string {
  return archived ?? sql.replace(/^r\./, '');
}

/** How a table is read in order of time, in pages that each continue behind the last row of the one before. */
export interface ExportSource {
  /** What follows FROM; rows are `r`, their person `p`. */
  readonly from: string;
  readonly where: string;
  /** The two columns that order the rows, by an index, and that no two rows share. */
  readonly order: readonly [time: string, id: string];
  readonly columns: readonly ExportColumn[];
  /** Where its older rows may be. */
  readonly archive?: ArchiveDataset['name'];
}

const person = 'LEFT JOIN persons p ON p.id = r.person_id';
const text = (name: string, sql: string): ExportColumn => ({ name, sql });
const instant = (name: string, sql: string): ExportColumn => ({ name, sql, isInstant: true });
const ofCurrent = (stream: string): string =>
  `r.generation = (SELECT generation FROM streams WHERE stream = '${stream}')`;
const zone: ExportColumn = {
  name: 'timeZone',
  sql: '(SELECT name FROM time_zones WHERE id = r.zone_id)',
  archived: 'time_zone',
};

export const exportSources: Readonly<Record<ExportTable, ExportSource>> = {
  verifications: {
    from: `verifications r ${person}`,
    where: ofCurrent('verifications'),
    order: ['r.verified_at', 'r.id'],
    archive: 'verifications',
    columns: [
      text('id', 'r.id'),
      instant('verifiedAt', 'r.verified_at'),
      text('verifiedRaw', 'r.verified_raw'),
      zone,
      text('status', 'r.status'),
      text('resultCode', 'r.result_code'),
      text('customCode', 'r.custom_code'),
      text('deviceId', 'r.device_id'),
      text('params', 'r.params'),
      text('transactionId', 'r.transaction_id'),
      text('otherFields', 'r.raw'),
      instant('absentAt', 'r.absent_at'),
    ],
  },
  registrations: {
    from: `registrations r ${person}`,
    where: ofCurrent('registrations'),
    order: ['r.event_at', 'r.id'],
    columns: [
      text('id', 'r.id'),
      instant('eventAt', 'r.event_at'),
      text('eventRaw', 'r.event_raw'),
      zone,
      text('auditStatus', 'r.audit_status'),
      text('otherFields', 'r.raw'),
      instant('absentAt', 'r.absent_at'),
    ],
  },
  decisions: {
    from: `decisions r ${person}`,
    where: 'true',
    order: ['r.at', 'r.id'],
    archive: 'decisions',
    columns: [
      text('id', 'r.id'),
      instant('at', 'r.at'),
      text('siteId', 'r.site_id'),
      text('zoneId', 'r.zone_id'),
      text('effect', 'r.effect'),
      text('reason', 'r.reason'),
      text('code', 'r.code'),
      text('params', 'r.params'),
      text('determining', 'r.determining'),
      text('releaseHash', 'r.release_hash'),
      text('memberVersion', 'r.member_version'),
      text('repeatOf', 'r.repeat_of'),
      text('source', 'r.source'),
      text('sequence', 'r.sequence'),
    ],
  },
  findings: {
    from: `findings r
      LEFT JOIN verifications v ON v.id = r.verification_id AND v.generation =
        (SELECT generation FROM streams WHERE stream = 'verifications')
      LEFT JOIN decisions d ON d.id = r.decision_id
      LEFT JOIN persons p ON p.id = coalesce(v.person_id, d.person_id)`,
    where: 'true',
    order: ['r.at', "r.kind || ':' || r.verification_id || ':' || r.decision_id"],
    columns: [
      text('kind', 'r.kind'),
      instant('at', 'r.at'),
      text('verificationId', "nullif(r.verification_id, '')"),
      text('decisionId', "nullif(r.decision_id, '')"),
      text('deviceId', 'v.device_id'),
      text('zoneId', 'd.zone_id'),
    ],
  },
};
