import { MemberConflictError, type MemberDirectory, type WriteOutcome } from '../member-directory.ts';
import { compareMembers } from './compare.ts';
import { feedStep, refuseIfMoved } from './feed-step.ts';
import { MERGED_FACTS } from './merge.ts';
import {
  ERASED,
  readVersion,
  type SealedWrite,
  type Sealing,
  sealIdentity,
  sealWrite,
  type VersionRow,
} from './rows.ts';
import { wholeIdentities } from './whole-identity.ts';

/** A column of the identity: as it is stored where no identity is written. */
function written(column: string, name: string): string {
  return `CASE WHEN value ->> 'identity' IS NULL THEN stored.${column} ELSE value ->> '${name}' END`;
}

/**
 * Whoever was erased and is not readmitted gets no version, which fails the whole transaction; nor does an identity that
 * was completed from another version than is there.
 */
const UPSERT = `
INSERT INTO members (person, merchant_user_key, facts, identity, identity_hash, ci_index, phone_index, pepper, version, updated_at)
SELECT value ->> 'person', value ->> 'key', ${MERGED_FACTS},
  ${written('identity', 'identity')}, ${written('identity_hash', 'identityHash')}, ${written('ci_index', 'ci')},
  ${written('phone_index', 'phone')},
  value ->> 'pepper',
  CASE WHEN stored.status = '${ERASED}' AND NOT value ->> 'readmit' OR value ->> 'over' <> coalesce(stored.version, 0)
    THEN NULL ELSE coalesce(stored.version, 0) + 1 END, ?2
FROM json_each(?1) AS written LEFT JOIN members AS stored ON stored.person = value ->> 'person' WHERE true
ON CONFLICT (person) DO UPDATE SET
  merchant_user_key = excluded.merchant_user_key, facts = excluded.facts, identity = excluded.identity,
  identity_hash = excluded.identity_hash, ci_index = excluded.ci_index, phone_index = excluded.phone_index,
  pepper = excluded.pepper, version = excluded.version, updated_at = excluded.updated_at`;

/** What the rules see of a row: nothing, once it is a tombstone. */
const FACTS = `CASE WHEN members.status = '${ERASED}' THEN NULL ELSE members.facts END`;

const RECORD_CHANGES = `
INSERT INTO member_changes (person, version, facts, changed_at)
SELECT members.person, members.version, ${FACTS}, ?2
FROM json_each(?1) JOIN members ON members.person = value ->> 'person'`;

const VERSIONS = `
SELECT members.person, members.version, ${FACTS} AS facts
FROM json_each(?1) JOIN members ON members.person = value ->> 'person' ORDER BY json_each.key`;

/** Records the change of one row, if the statement before it in the batch changed it just now. */
const RECORD_ONE = `
INSERT INTO member_changes (person, version, facts, changed_at)
SELECT person, version, ${FACTS}, ?2 FROM members WHERE person = ?1 AND changes() > 0`;

type Writes = Pick<
  MemberDirectory,
  'upsert' | 'compare' | 'replace' | 'setStatus' | 'erase' | 'stepFeed' | 'markDelivered'
>;

export interface WriteOptions {
  /** Whether the sealed key of an erased member is kept for the mirror, which has the face unregistered. */
  readonly keepsErasedKeys?: boolean;
}

export function createMemberWrites(
  db: D1Database,
  sealing: Sealing,
  { keepsErasedKeys = false }: WriteOptions = {},
): Writes {
  const outcomeOf = async (person: string, rows: readonly VersionRow[]): Promise<WriteOutcome> => {
    const [written] = rows;
    if (written !== undefined) return { version: written.version };
    const status = await db
      .prepare('SELECT status FROM members WHERE person = ?1')
      .bind(person)
      .first<string>('status');
    return status === null || status === ERASED ? 'absent' : 'moved';
  };

  const fenced = async (statements: D1PreparedStatement[]): Promise<D1Result<VersionRow>[]> => {
    try {
      return await db.batch<VersionRow>(statements);
    } catch (error) {
      refuseIfMoved(error);
      throw error;
    }
  };

  const upsert: Writes['upsert'] = async (members, atMs, step) => {
    const writes = await wholeIdentities(db, sealing, members);
    const rows = await Promise.all(writes.map((write) => sealWrite(sealing, write)));
    const json = JSON.stringify(rows);
    try {
      const results = await db.batch<VersionRow>([
        ...feedStep(db, step),
        db.prepare(UPSERT).bind(json, atMs),
        db.prepare(RECORD_CHANGES).bind(json, atMs),
        db.prepare(VERSIONS).bind(json),
        db
          .prepare("DELETE FROM departures WHERE person IN (SELECT value ->> 'person' FROM json_each(?1))")
          .bind(json),
      ]);
      return returned(results).map(readVersion);
    } catch (error) {
      refuseIfMoved(error);
      const erased = await erasedPositions(db, rows);
      if (erased.length > 0) throw new MemberConflictError('erased', erased);
      const positions = await ciConflicts(db, rows);
      if (positions.length > 0) throw new MemberConflictError('ci_taken', positions);
      // Somebody else was written in the meantime: what is stored is another identity by now.
      if (String(error).includes('members.version')) return await upsert(members, atMs, step);
      throw error;
    }
  };

  return {
    upsert,

    compare: async (members) => await compareMembers(db, sealing, members),

    async replace(person, facts, identity, expected, atMs) {
      const sealed = identity === undefined ? null : await sealIdentity(sealing, person, identity);
      // While the pepper is being changed the index keeps a CI one person's only among those who are under the same one.
      const { previous } = sealing;
      const formerCi =
        previous === null || identity?.ci === undefined ? null : await previous.of('ci', identity.ci);
      try {
        const results = await db.batch<VersionRow>([
          db
            .prepare(
              `UPDATE members SET facts = ?2, version = version + 1, updated_at = ?4 ${sealed === null ? '' : ', identity = ?6, identity_hash = ?7, ci_index = ?8, phone_index = ?9'}
               WHERE person = ?1 AND status <> '${ERASED}' AND (?3 IS NULL OR version = ?3)
                 AND NOT EXISTS (SELECT 1 FROM members AS other WHERE other.ci_index = ?5 AND other.person <> ?1)
               RETURNING person, version, facts`,
            )
            .bind(
              person,
              JSON.stringify(facts),
              expected,
              atMs,
              formerCi,
              ...(sealed === null ? [] : [sealed.identity, sealed.identityHash, sealed.ci, sealed.phone]),
            ),
          db.prepare(RECORD_ONE).bind(person, atMs),
        ]);
        const outcome = await outcomeOf(person, returned(results));
        if (outcome !== 'moved' || (await ciConflicts(db, [{ person, ci: formerCi }])).length === 0)
          return outcome;
        throw new MemberConflictError('ci_taken', [0]);
      } catch (error) {
        if (error instanceof MemberConflictError) throw error;
        const positions = await ciConflicts(db, [{ person, ci: sealed?.ci ?? null }]);
        throw positions.length > 0 ? new MemberConflictError('ci_taken', positions) : error;
      }
    },

    async setStatus(person, status, expected, atMs, step) {
      const results = await fenced([
        ...feedStep(db, step),
        db
          .prepare(
            `UPDATE members SET facts = json_set(facts, '$.status', ?2), version = version + 1, updated_at = ?4
             WHERE person = ?1 AND status <> '${ERASED}' AND (?3 IS NULL OR version = ?3) RETURNING person, version, facts`,
          )
          .bind(person, status, expected, atMs),
        db.prepare(RECORD_ONE).bind(person, atMs),
      ]);
      return await outcomeOf(person, returned(results));
    },

    async erase(person, expected, atMs, step) {
      const results = await fenced([
        ...feedStep(db, step),
        db
          .prepare(
            `INSERT INTO departures (person, merchant_user_key, erased_at)
             SELECT person, merchant_user_key, ?3 FROM members
             WHERE person = ?1 AND status <> '${ERASED}' AND (?2 IS NULL OR version = ?2) AND ?4
             ON CONFLICT (person) DO UPDATE SET merchant_user_key = excluded.merchant_user_key, erased_at = ?3`,
          )
          .bind(person, expected, atMs, keepsErasedKeys ? 1 : 0),
        db
          .prepare(
            `UPDATE members SET merchant_user_key = '', facts = '{"status":"${ERASED}"}', identity = NULL,
               identity_hash = NULL, ci_index = NULL, phone_index = NULL, version = version + 1, updated_at = ?3
             WHERE person = ?1 AND status <> '${ERASED}' AND (?2 IS NULL OR version = ?2) RETURNING person, version, facts`,
          )
          .bind(person, expected, atMs),
        db.prepare(RECORD_ONE).bind(person, atMs),
        db
          .prepare(
            `INSERT INTO erasures (person, version, sequence, erased_at)
             SELECT person, version, sequence, ?2 FROM member_changes
             WHERE sequence = last_insert_rowid() AND person = ?1 AND changes() > 0`,
          )
          .bind(person, atMs),
        // Only for a tombstone: where the version had moved, nothing was erased.
        db
          .prepare(
            `UPDATE member_changes SET facts = NULL
             WHERE person = ?1 AND EXISTS (SELECT 1 FROM members WHERE person = ?1 AND status = '${ERASED}')`,
          )
          .bind(person),
        db
          .prepare(
            `DELETE FROM registration_events
             WHERE person = ?1 AND EXISTS (SELECT 1 FROM members WHERE person = ?1 AND status = '${ERASED}')`,
          )
          .bind(person),
      ]);
      return await outcomeOf(person, returned(results));
    },

    async stepFeed(step) {
      await fenced(feedStep(db, step));
    },

    async markDelivered(sequences, atMs) {
      await db
        .prepare(
          'UPDATE member_changes SET delivered_at = ?2 WHERE sequence IN (SELECT value FROM json_each(?1))',
        )
        .bind(JSON.stringify(sequences), atMs)
        .run();
    },
  };
}

/** The rows that the statements of a batch gave back: one of them does. */
function returned(results: readonly D1Result<VersionRow>[]): VersionRow[] {
  return results.flatMap((result) => result.results);
}

async function erasedPositions(db: D1Database, rows: readonly SealedWrite[]): Promise<number[]> {
  const { results } = await db
    .prepare(
      `SELECT members.person FROM json_each(?1) JOIN members ON members.person = value ->> 'person'
       WHERE members.status = '${ERASED}' AND value ->> 'readmit' = 0`,
    )
    .bind(JSON.stringify(rows))
    .all<{ person: string }>();
  const erased = new Set(results.map(({ person }) => person));
  return rows.flatMap(({ person }, position) => (erased.has(person) ? [position] : []));
}

/** Which of the rows have a CI that another person, stored or in the same call, already has. */
async function ciConflicts(
  db: D1Database,
  rows: readonly Pick<SealedWrite, 'person' | 'ci'>[],
): Promise<number[]> {
  const { results } = await db
    .prepare(
      "SELECT person, ci_index FROM members WHERE ci_index IN (SELECT value ->> 'ci' FROM json_each(?1))",
    )
    .bind(JSON.stringify(rows))
    .all<{ person: string; ci_index: string }>();
  const owners = new Map(results.map((row) => [row.ci_index, row.person]));
  return rows.flatMap(({ ci, person }, position) => {
    if (ci === null) return [];
    const owner = owners.get(ci);
    owners.set(ci, owner ?? person);
    return owner === undefined || owner === person ? [] : [position];
  });
}
