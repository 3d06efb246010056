import type { MirrorStream } from '@facepass-kit/protocol';

/** A mirrored table: its own columns, in the order in which a record lists its values. */
interface RecordTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly timeColumn: string;
  readonly statusColumn: string;
}

const recordTables: Readonly<Record<MirrorStream, RecordTable>> = {
  verifications: {
    name: 'verifications',
    columns: [
      'status',
      'result_code',
      'custom_code',
      'device_id',
      'params',
      'transaction_id',
      'verified_raw',
      'verified_at',
      'raw',
    ],
    timeColumn: 'verified_at',
    statusColumn: 'status',
  },
  registrations: {
    name: 'registrations',
    columns: ['audit_status', 'event_raw', 'event_at', 'raw'],
    timeColumn: 'event_at',
    statusColumn: 'audit_status',
  },
};

/** The column that says when a row of the stream happened. */
export function timeColumnOf(stream: MirrorStream): string {
  return recordTables[stream].timeColumn;
}

/**
 * No run, and no turn of a backfill, stores what it asked for so long before: a copy that seems to be so much newer was read
 * by a clock that was ahead.
 */
const LONGEST_COMMIT_MS = 3_600_000;

/** Where a row's own values begin in its JSON array: after id and the person's HMAC. */
const FIRST_VALUE = 2;

/** What the rows of a commit have in common: it need not be read from each of them. */
export interface CommonOfRows {
  /** One request brought them all: `fetched_at` is `?4`, and not the last element of each. */
  readonly isOneRequest: boolean;
  /** None has a field that nobody has told us of. */
  readonly isWithoutRaw: boolean;
}

/**
 * The merge of a whole commit in one statement, whatever its rows: `?1` the rows as a JSON array of arrays
 * `[id, person hmac, ...values, fetched_at]`, `?2` the generation, `?3` the zone.
 *
 * A row is written only if something in it changed and the request that brought it started no earlier than the
 * one that brought the copy (or, by a clock that was ahead, impossibly much earlier), so that reading again costs no
 * writes. A person once erased stays erased: the row keeps pointing at the emptied person, and new rows of theirs at
 * person 0; so do those that happened before they were readmitted.
 *
 * Materialized, since `json_each` would write its `value` out anew for every column that is taken from it, two fifths
 * of the whole statement's time.
 */
export function upsertStatement(stream: MirrorStream, { isOneRequest, isWithoutRaw }: CommonOfRows): string {
  const { name, columns, timeColumn } = recordTables[stream];
  const happened = element(FIRST_VALUE + columns.indexOf(timeColumn));
  const values = columns.map((column, index) =>
    column === 'raw' && isWithoutRaw ? 'NULL' : element(FIRST_VALUE + index),
  );
  const fetchedAt = isOneRequest ? '?4' : element(FIRST_VALUE + columns.length);
  const personMoves = `(excluded.person_id IS NOT ${name}.person_id AND excluded.person_id > 0
    AND NOT EXISTS (SELECT 1 FROM persons WHERE id = ${name}.person_id AND hmac IS NULL))`;
  return `WITH fetched AS MATERIALIZED (SELECT jsonb(value) AS item FROM json_each(?1))
INSERT INTO ${name} (generation, id, person_id, fetched_at, zone_id, ${columns.join(', ')})
SELECT ?2, ${element(0)},
  coalesce((SELECT CASE WHEN readmitted_at > ${happened} THEN 0 ELSE id END FROM persons WHERE hmac = ${element(1)}),
    (SELECT 0 FROM tombstones WHERE hmac = ${element(1)})),
  ${fetchedAt}, ?3, ${values.join(', ')}
FROM fetched WHERE true
ON CONFLICT (generation, id) DO UPDATE SET
  person_id = CASE WHEN ${personMoves} THEN excluded.person_id ELSE ${name}.person_id END,
  fetched_at = excluded.fetched_at, zone_id = excluded.zone_id, revision = revision + 1, absent_at = NULL,
  ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}
WHERE (excluded.fetched_at >= ${name}.fetched_at OR ${name}.fetched_at - excluded.fetched_at > ${LONGEST_COMMIT_MS}) AND (${name}.absent_at IS NOT NULL OR ${name}.zone_id <> excluded.zone_id
  OR ${columns.map((column) => `${name}.${column} IS NOT excluded.${column}`).join(' OR ')}
  OR ${personMoves})`;
}

/** A path and not `->>`, which writes such a path for every row. */
function element(index: number): string {
  return `json_extract(item, '$[${index}]')`;
}

/**
 * Brings rows of one generation (`?1`) into the next (`?2`), those with an id beyond `?3` and up to `?4`: rows that the
 * next one lacks, and rows of which the first one has the later copy. `?5` is the instant since which the next one was
 * filled and [`?6`, `?7`) the stretch it was filled for: what lies there and FacePass has not given since is marked
 * absent as of `?8`, but for where it is still to be read.
 */
export function carryStatement(stream: MirrorStream): string {
  const { name, columns, timeColumn } = recordTables[stream];
  const kept = ['person_id', 'zone_id', ...columns, 'fetched_at', 'revision'];
  const all = [...kept, 'absent_at'].map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${name} (generation, id, ${kept.join(', ')}, absent_at)
SELECT ?2, id, ${kept.join(', ')},
  CASE WHEN fetched_at < ?5 AND ${timeColumn} >= ?6 AND ${timeColumn} < ?7 AND NOT EXISTS (
      SELECT 1 FROM slices INDEXED BY slices_open WHERE slices.stream = '${name}' AND slices.generation = ?2
        AND state = 'open' AND from_ms <= ${timeColumn} AND to_ms >= ${timeColumn})
    THEN coalesce(absent_at, ?8) ELSE absent_at END
FROM ${name} WHERE generation = ?1 AND id > ?3 AND id <= ?4 AND ${isFilling(name)}
ON CONFLICT (generation, id) DO UPDATE SET ${all.join(', ')} WHERE excluded.fetched_at > ${name}.fetched_at
RETURNING absent_at = ?8 AS absent`;
}

/**
 * Has rows that a rebuild read again (`?2`) remember when their status came to be what it is, from their copies in the
 * generation before (`?1`) with an id beyond `?3` and up to `?4`: the same status was seen when it was seen first, and
 * another one is one change more.
 */
export function rememberStatement(stream: MirrorStream): string {
  const { name, statusColumn } = recordTables[stream];
  const isSame = `${name}.${statusColumn} IS old.${statusColumn}`;
  return `UPDATE ${name} SET
  fetched_at = CASE WHEN ${isSame} THEN old.fetched_at ELSE ${name}.fetched_at END,
  revision = CASE WHEN ${isSame} THEN old.revision ELSE old.revision + 1 END
FROM ${name} AS old WHERE old.generation = ?1 AND old.id > ?3 AND old.id <= ?4
  AND ${name}.generation = ?2 AND ${name}.id = old.id AND ${name}.fetched_at > old.fetched_at AND ${isFilling(name)}
  AND (old.revision > 0 OR NOT ${isSame})`;
}

/**
 * Has rows that a rebuild read again (`?2`) stay about nobody where their copies in the generation before (`?1`), with an
 * id beyond `?3` and up to `?4`, are: whoever was erased and readmitted since comes again with what is new alone.
 */
export function stayErasedStatement(stream: MirrorStream): string {
  const { name } = recordTables[stream];
  return `UPDATE ${name} SET person_id = old.person_id
FROM ${name} AS old JOIN persons ON persons.id = old.person_id AND persons.hmac IS NULL
WHERE old.generation = ?1 AND old.id > ?3 AND old.id <= ?4
  AND ${name}.generation = ?2 AND ${name}.id = old.id AND ${name}.person_id IS NOT old.person_id
  AND ${isFilling(name)}`;
}

/** Whether the next generation (`?2`) is still a rebuild's alone: what readers have is carried over to no more. */
function isFilling(name: string): string {
  return `EXISTS (SELECT 1 FROM generations AS g WHERE g.stream = '${name}' AND g.generation = ?2 AND g.phase = 'filling')`;
}

/** The time zone in which the oldest row of a generation (`?1`) was read. */
export function oldestZoneStatement(stream: MirrorStream): string {
  const { name, timeColumn } = recordTables[stream];
  return `SELECT time_zones.name AS zone FROM ${name} JOIN time_zones ON time_zones.id = zone_id
    WHERE generation = ?1 ORDER BY ${timeColumn} LIMIT 1`;
}

/** The last of the first `?3` ids of a generation (`?1`) beyond `?2`; null when there are none. */
export function lastIdStatement(stream: MirrorStream): string {
  const { name } = recordTables[stream];
  return `SELECT max(id) AS last FROM (SELECT id FROM ${name} WHERE generation = ?1 AND id > ?2 ORDER BY id LIMIT ?3)`;
}

/** Drops up to `?2` rows of a generation (`?1`) that nobody reads any more. */
export function dropStatement(stream: MirrorStream): string {
  const { name } = recordTables[stream];
  return `DELETE FROM ${name} WHERE generation = ?1
    AND id IN (SELECT id FROM ${name} WHERE generation = ?1 LIMIT ?2)`;
}
