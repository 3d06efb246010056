import { TAGS_MAX } from '@facepass-kit/access/schema';
import type { Comparison, MemberWrite } from '../member-directory.ts';
import { MERGED_FACTS } from './merge.ts';
import { digestWrite, ERASED, type Sealing } from './rows.ts';
import { wholeIdentities } from './whole-identity.ts';

const COMPARE = `
SELECT value ->> 'person' AS person, value ->> 'ci' AS ci, CASE
  WHEN stored.status = '${ERASED}' AND value ->> 'readmit' = 0 THEN 'erased'
  WHEN EXISTS (SELECT 1 FROM members AS other
    WHERE other.ci_index = value ->> 'ci' AND other.person <> value ->> 'person') THEN 'ci_taken'
  WHEN value ->> 'wholeTags' = 0
    AND (SELECT count(*) FROM json_each(${MERGED_FACTS}, '$.tags')) > ${TAGS_MAX} THEN 'too_many_tags'
  WHEN stored.person IS NULL OR stored.status = '${ERASED}' THEN 'added'
  WHEN stored.facts = ${MERGED_FACTS}
    AND (value ->> 'identityHash' IS NULL OR stored.identity_hash = value ->> 'identityHash') THEN 'unchanged'
  ELSE 'changed' END AS effect
FROM json_each(?1) AS written LEFT JOIN members AS stored ON stored.person = value ->> 'person'
ORDER BY written.key`;

/** What writing each of `members` would do, in their order. */
export async function compareMembers(
  db: D1Database,
  sealing: Sealing,
  members: readonly MemberWrite[],
): Promise<Comparison[]> {
  const writes = await wholeIdentities(db, sealing, members);
  const digests = await Promise.all(writes.map((write) => digestWrite(sealing, write)));
  const { results } = await db.prepare(COMPARE).bind(JSON.stringify(digests)).all<Comparison>();
  return results;
}
