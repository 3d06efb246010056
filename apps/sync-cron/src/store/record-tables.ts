import type { MirrorStream } from '@facepass-kit/protocol';

/** A mirrored table: its own columns, in the order in which a record lists its values. */
interface RecordTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly timeColumn: string;
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
  },
  registrations: {
    name: 'registrations',
    columns: ['audit_status', 'event_raw', 'event_at', 'raw'],
    timeColumn: 'event_at',
  },
};

/** The column that says when a row of the stream happened. */
export function timeColumnOf(stream: MirrorStream): string {
  return recordTables[stream].timeColumn;
}

/** Where a row's own values begin in its JSON array: after id, the person's HMAC and the request's instant. */
const FIRST_VALUE = 3;

/**
 * The merge of a whole commit in one statement, whatever its rows: `?1` the rows as a JSON array of arrays
 * `[id, person hmac, fetched_at, ...values]`, `?2` the generation, `?3` the zone.
 *
 * A row is written only if something in it changed and the request that brought it started no earlier than the
 * one that brought the copy, so that reading again costs no writes. A person once erased stays erased: the row
 * keeps pointing at the emptied person, and new rows of theirs at person 0.
 */
export function upsertStatement(stream: MirrorStream): string {
  const { name, columns } = recordTables[stream];
  const values = columns.map((_, index) => `value->>${FIRST_VALUE + index}`);
  const personMoves = `(excluded.person_id IS NOT ${name}.person_id AND excluded.person_id > 0
    AND NOT EXISTS (SELECT 1 FROM persons WHERE id = ${name}.person_id AND hmac IS NULL))`;
  return `INSERT INTO ${name} (generation, id, person_id, fetched_at, zone_id, ${columns.join(', ')})
SELECT ?2, value->>0,
  coalesce((SELECT id FROM persons WHERE hmac = value->>1), (SELECT 0 FROM tombstones WHERE hmac = value->>1)),
  value->>2, ?3, ${values.join(', ')}
FROM json_each(?1) WHERE true
ON CONFLICT (generation, id) DO UPDATE SET
  person_id = CASE WHEN ${personMoves} THEN excluded.person_id ELSE ${name}.person_id END,
  fetched_at = excluded.fetched_at, zone_id = excluded.zone_id, revision = revision + 1, absent_at = NULL,
  ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}
WHERE excluded.fetched_at >= ${name}.fetched_at AND (${name}.absent_at IS NOT NULL OR ${name}.zone_id <> excluded.zone_id
  OR ${columns.map((column) => `${name}.${column} IS NOT excluded.${column}`).join(' OR ')}
  OR ${personMoves})`;
}
