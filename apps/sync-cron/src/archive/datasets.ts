import type { BasicType } from 'hyparquet-writer';

/** A column of an archived dataset: its name here and in the file, and how the file stores it. */
export interface ArchiveColumn {
  readonly name: string;
  readonly type: Extract<BasicType, 'STRING' | 'INT64' | 'TIMESTAMP'>;
  /** The SQL that gives it, where that is not the column of its name. */
  readonly sql?: string;
}

/** What is moved to R2, and how it is found here. */
export interface ArchiveDataset {
  readonly name: 'verifications' | 'decisions';
  readonly timeColumn: string;
  /** Which rows belong to a generation, `?1`. */
  readonly where: string;
  /** SQL that is another text as soon as any row of the range is another. */
  readonly fingerprint: string;
  readonly columns: readonly ArchiveColumn[];
  /** A part is held in memory several times over while it is written and read back. */
  readonly rowsPerPart: number;
}

const text = (name: string, sql?: string): ArchiveColumn => ({
  name,
  type: 'STRING',
  ...(sql === undefined ? {} : { sql }),
});
const whole = (name: string): ArchiveColumn => ({ name, type: 'INT64' });
const instant = (name: string): ArchiveColumn => ({ name, type: 'TIMESTAMP' });

/** People stand in the files as they do here: by a number that leads to their row, and to nobody once that is emptied. */
const person = whole('person_id');

export const archiveDatasets: readonly ArchiveDataset[] = [
  {
    name: 'verifications',
    timeColumn: 'verified_at',
    where: 'generation = ?1',
    // Every change of a row raises its revision, but for the mark of absence; a row in the place of another that moved
    // away in time was fetched at another instant.
    fingerprint: `printf('%d rows, %d revisions, %d absent, %d fetched', count(*), coalesce(sum(revision), 0),
      count(absent_at), coalesce(sum(fetched_at), 0))`,
    rowsPerPart: 20_000,
    columns: [
      text('id'),
      person,
      text('status'),
      text('result_code'),
      text('custom_code'),
      text('device_id'),
      text('params'),
      text('transaction_id'),
      text('verified_raw'),
      instant('verified_at'),
      text('time_zone', '(SELECT name FROM time_zones WHERE time_zones.id = zone_id)'),
      text('raw'),
      instant('fetched_at'),
      whole('revision'),
      instant('absent_at'),
    ],
  },
  {
    name: 'decisions',
    timeColumn: 'at',
    where: '?1 = 0',
    // A decision is never changed.
    fingerprint: `printf('%d rows', count(*))`,
    rowsPerPart: 10_000,
    columns: [
      text('id'),
      text('source'),
      whole('sequence'),
      instant('at'),
      text('request_id'),
      text('site_id'),
      text('zone_id'),
      person,
      text('params'),
      text('effect'),
      text('reason'),
      text('determining'),
      text('code'),
      text('release_hash'),
      whole('member_version'),
      text('repeat_of'),
      text('inputs'),
      instant('received_at'),
    ],
  },
];
