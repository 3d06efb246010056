import type { BlindIndex, DataCipher, PersonReferences } from '@facepass-kit/protocol';
import { memberIdentity } from '@facepass-kit/protocol';
import {
  CiConflictError,
  type IdentifiedMember,
  type MemberChange,
  type MemberDirectory,
  type MemberFacts,
  type MemberVersion,
  type MemberWrite,
} from './member-directory.ts';

/** More people than this with one phone number is not a family but a mistake; none of them is found. */
const MAX_PHONE_CANDIDATES = 20;

const UPSERT = `
INSERT INTO members (person, merchant_user_key, facts, identity, ci_index, phone_index, version, updated_at)
SELECT value ->> 'person', value ->> 'key', value ->> 'facts', value ->> 'identity', value ->> 'ci', value ->> 'phone', 1, ?2
FROM json_each(?1) WHERE true
ON CONFLICT (person) DO UPDATE SET
  merchant_user_key = excluded.merchant_user_key,
  facts = excluded.facts,
  identity = CASE WHEN excluded.identity IS NULL THEN members.identity ELSE excluded.identity END,
  ci_index = CASE WHEN excluded.identity IS NULL THEN members.ci_index ELSE excluded.ci_index END,
  phone_index = CASE WHEN excluded.identity IS NULL THEN members.phone_index ELSE excluded.phone_index END,
  version = members.version + 1,
  updated_at = excluded.updated_at`;

const RECORD_CHANGES = `
INSERT INTO member_changes (person, version, facts, changed_at)
SELECT members.person, members.version, members.facts, ?2
FROM json_each(?1) JOIN members ON members.person = value ->> 'person'`;

const VERSIONS = `
SELECT members.person, members.version, members.facts
FROM json_each(?1) JOIN members ON members.person = value ->> 'person' ORDER BY json_each.key`;

interface MemberRow {
  readonly person: string;
  readonly merchant_user_key: string;
  readonly facts: string;
  readonly identity: string | null;
}

interface VersionRow {
  readonly person: string;
  readonly version: number;
  readonly facts: string | null;
}

export interface D1MemberDirectoryOptions {
  readonly db: D1Database;
  readonly index: BlindIndex;
  readonly cipher: DataCipher;
  readonly people: PersonReferences;
}

/** Members in D1: people named by HMAC, keys and identities sealed, look-ups by blind index. */
export function createD1MemberDirectory(options: D1MemberDirectoryOptions): MemberDirectory {
  const { db, index, cipher, people } = options;

  const seal = async ({ merchantUserKey, facts, identity }: MemberWrite) => {
    const reference = await people.of(merchantUserKey);
    return {
      person: reference.hmac,
      key: reference.sealed,
      facts: JSON.stringify(facts),
      identity:
        identity === undefined ? null : await cipher.seal(JSON.stringify(identity), place(reference.hmac)),
      ci: identity?.ci === undefined ? null : await index.of('ci', identity.ci),
      phone: identity?.phoneNumber === undefined ? null : await index.of('phone', identity.phoneNumber),
    };
  };

  const open = async (row: MemberRow): Promise<IdentifiedMember> => {
    const [merchantUserKey, identity] = await Promise.all([
      people.open({ hmac: row.person, sealed: row.merchant_user_key }),
      row.identity === null ? '{}' : cipher.open(row.identity, place(row.person)),
    ]);
    return {
      merchantUserKey,
      facts: readFacts(row.facts),
      identity: memberIdentity.parse(JSON.parse(identity)),
    };
  };

  /** Which of the rows have a CI that another person, stored or in the same call, already has. */
  const ciConflicts = async (rows: readonly Awaited<ReturnType<typeof seal>>[]): Promise<number[]> => {
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
  };

  return {
    async upsert(members, atMs) {
      const rows = await Promise.all(members.map(seal));
      const json = JSON.stringify(rows);
      try {
        const [, , versions] = await db.batch<VersionRow>([
          db.prepare(UPSERT).bind(json, atMs),
          db.prepare(RECORD_CHANGES).bind(json, atMs),
          db.prepare(VERSIONS).bind(json),
        ]);
        return (versions?.results ?? []).map(readVersion);
      } catch (error) {
        const positions = await ciConflicts(rows);
        throw positions.length > 0 ? new CiConflictError(positions) : error;
      }
    },

    async findByCi(ci) {
      const row = await db
        .prepare('SELECT person, merchant_user_key, facts, identity FROM members WHERE ci_index = ?1')
        .bind(await index.of('ci', ci))
        .first<MemberRow>();
      return row === null ? null : await open(row);
    },

    async findByPhone(phoneNumber) {
      const { results } = await db
        .prepare(
          'SELECT person, merchant_user_key, facts, identity FROM members WHERE phone_index = ?1 LIMIT ?2',
        )
        .bind(await index.of('phone', phoneNumber), MAX_PHONE_CANDIDATES + 1)
        .all<MemberRow>();
      return results.length > MAX_PHONE_CANDIDATES ? [] : await Promise.all(results.map(open));
    },

    async undelivered(limit) {
      const { results } = await db
        .prepare(
          'SELECT sequence, person, version, facts FROM member_changes WHERE delivered_at IS NULL ORDER BY sequence LIMIT ?1',
        )
        .bind(limit)
        .all<VersionRow & { sequence: number }>();
      return results.map((row): MemberChange => ({ sequence: row.sequence, ...readVersion(row) }));
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

/** Binds a sealed identity to its row. */
function place(person: string): string {
  return `member.identity:${person}`;
}

function readFacts(json: string): MemberFacts {
  // Written by this file from validated facts, and by nothing else.
  return JSON.parse(json) as MemberFacts;
}

function readVersion(row: VersionRow): MemberVersion {
  return {
    person: row.person,
    version: row.version,
    facts: row.facts === null ? null : readFacts(row.facts),
  };
}
