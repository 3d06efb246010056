import type { DecisionMessage } from '@facepass-kit/protocol';
import { canonicalJson } from '../canonical-json.ts';
import type { PresentNames } from '../renewal/present-names.ts';
import type { Database, StatementResult } from '../store/database.ts';

/**
 * Stores decisions, each once however often it is delivered, with their people in the same transaction.
 * A decision about an erased person is kept without them, and so is one from before they were readmitted.
 *
 * @returns how many were new.
 */
export async function storeDecisions(
  database: Database,
  present: Pick<PresentNames, 'references'>,
  given: readonly DecisionMessage[],
  nowMs: number,
): Promise<number> {
  if (given.length === 0) return 0;
  const persons = await present.references(given.map(({ person }) => person));
  const messages = given.map((message, at) => ({ ...message, person: persons[at] ?? message.person }));
  const people = new Map(messages.map(({ person }) => [person.hmac, person.sealed]));
  const results: StatementResult[] = await database.execute([
    {
      sql: `INSERT INTO persons (hmac, sealed) SELECT value->>0, value->>1 FROM json_each(?1)
            WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE hmac = value->>0)
            ON CONFLICT (hmac) DO NOTHING`,
      params: [JSON.stringify([...people])],
    },
    {
      sql: `INSERT INTO decisions (id, source, sequence, at, request_id, site_id, zone_id, person_id, params,
              effect, reason, determining, code, release_hash, member_version, repeat_of, inputs, received_at)
            SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6,
              coalesce((SELECT CASE WHEN readmitted_at > value->>3 THEN 0 ELSE id END FROM persons WHERE hmac = value->>7), 0),
              value->>8, value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, value->>15,
              value->>16, ?2
            FROM json_each(?1) WHERE true
            ON CONFLICT (id) DO NOTHING`,
      params: [JSON.stringify(messages.map(row)), nowMs],
    },
  ]);
  return results[1]?.changes ?? 0;
}

function row(message: DecisionMessage): (string | number | null)[] {
  return [
    message.id,
    message.source,
    message.sequence,
    message.at,
    message.requestId,
    message.siteId,
    message.zoneId,
    message.person.hmac,
    canonicalJson(message.params),
    message.effect,
    message.reason,
    JSON.stringify(message.determining),
    message.code,
    message.releaseHash,
    message.memberVersion,
    message.repeatOf,
    canonicalJson(message.inputs),
  ];
}
