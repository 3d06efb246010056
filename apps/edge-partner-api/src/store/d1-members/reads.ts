import { kept } from '../../services/kept.ts';
import type { IdentifiedMember, MemberDirectory } from '../member-directory.ts';
import {
  type ChangeRow,
  ERASED,
  indexesOf,
  MEMBER_COLUMNS,
  type MemberRow,
  nobodysRow,
  openIdentified,
  openRecord,
  readChange,
  type Sealing,
} from './rows.ts';

/** More people than this with one phone number is not a family but a mistake; none of them is found. */
const MAX_PHONE_CANDIDATES = 20;

/** No row that is stored has it: members begin at 1. */
const NOBODYS_VERSION = 0;
/** A number belongs to nobody, one person or two; more is rare, and takes a little longer. */
const OPENED_BY_PHONE = 2;

type Reads = Omit<
  MemberDirectory,
  'upsert' | 'compare' | 'replace' | 'setStatus' | 'erase' | 'stepFeed' | 'markDelivered'
>;

export function createMemberReads(db: D1Database, sealing: Sealing): Reads {
  const { people } = sealing;

  const rowsWhere = async (condition: string, ...values: unknown[]): Promise<MemberRow[]> => {
    const query = `SELECT ${MEMBER_COLUMNS} FROM members WHERE status <> '${ERASED}' AND ${condition}`;
    const { results } = await db
      .prepare(query)
      .bind(...values)
      .all<MemberRow>();
    return results;
  };
  const among = (column: string) => `${column} IN (SELECT value FROM json_each(?1))`;
  const byCi = async (ci: string) => await rowsWhere(among('ci_index'), await indexesOf(sealing, 'ci', ci));
  const byPhone = async (phoneNumber: string) => {
    const rows = await rowsWhere(
      `${among('phone_index')} LIMIT ?2`,
      await indexesOf(sealing, 'phone', phoneNumber),
      MAX_PHONE_CANDIDATES + 1,
    );
    return rows.length > MAX_PHONE_CANDIDATES ? [] : rows;
  };
  const byKey = async (merchantUserKey: string) =>
    await rowsWhere(among('person'), await indexesOf(sealing, 'merchantUserKey', merchantUserKey));
  const byPerson = async (person: string) => await rowsWhere('person = ?1', person);
  /**
   * Whom a condition on `?1` finds, read and opened beside as many of nobody's rows as are missing to `atLeast`: the database
   * gives rows and we open them in any case, so that finding nobody, or several of whom none will do, takes no less and no
   * more time.
   */
  const identify = async (condition: string, value: string, atLeast: number): Promise<IdentifiedMember[]> => {
    const { person, merchant_user_key, facts, identity } = await nobody();
    const padding = Array.from(
      { length: atLeast },
      (_, n) =>
        `UNION ALL SELECT ?2, ?3, ?4, ?5, ${NOBODYS_VERSION}, 0, 1, 1 WHERE (SELECT count(*) FROM found) <= ${n}`,
    );
    const { results } = await db
      .prepare(
        `WITH found AS (SELECT ${MEMBER_COLUMNS} FROM members WHERE status <> '${ERASED}' AND ${condition})
         SELECT * FROM found ${padding.join(' ')}`,
      )
      .bind(value, person, merchant_user_key, facts, identity)
      .all<MemberRow>();
    const opened = await Promise.all(results.map((row) => openIdentified(sealing, row)));
    return opened.filter((_, position) => results[position]?.version !== NOBODYS_VERSION);
  };
  const nobody = kept(() => nobodysRow(sealing));
  const records = (rows: readonly MemberRow[]) => Promise.all(rows.map((row) => openRecord(sealing, row)));

  return {
    get: async (person) => (await records(await byPerson(person)))[0] ?? null,

    list: async ({ group, status, tag, after, limit }) =>
      await records(
        await rowsWhere(
          `person > ?1
             AND (?2 IS NULL OR status = ?2)
             AND (?3 IS NULL OR EXISTS (SELECT 1 FROM json_each(facts, '$.groups') WHERE value = ?3))
             AND (?4 IS NULL OR EXISTS (SELECT 1 FROM json_each(facts, '$.tags') WHERE key = ?4 AND value = ?5))
           ORDER BY person LIMIT ?6`,
          after ?? '',
          status ?? null,
          group ?? null,
          tag?.key ?? null,
          tag?.value ?? null,
          limit,
        ),
      ),

    async lookUp(name) {
      if ('ci' in name) return await records(await byCi(name.ci));
      if ('phoneNumber' in name) return await records(await byPhone(name.phoneNumber));
      return await records(await byKey(name.merchantUserKey));
    },

    async findByKey(merchantUserKey) {
      const [row] = await byKey(merchantUserKey);
      return row === undefined ? null : await openIdentified(sealing, row);
    },

    async findByCi(ci) {
      const [member] = await identify(among('ci_index'), await indexesOf(sealing, 'ci', ci), 1);
      return member ?? null;
    },

    async findByPhone(phoneNumber) {
      const indexes = await indexesOf(sealing, 'phone', phoneNumber);
      const condition = `${among('phone_index')} LIMIT ${MAX_PHONE_CANDIDATES + 1}`;
      const members = await identify(condition, indexes, OPENED_BY_PHONE);
      return members.length > MAX_PHONE_CANDIDATES ? [] : members;
    },

    async keysOf(wanted) {
      const rows = await rowsWhere(among('person'), JSON.stringify(wanted));
      return new Map((await records(rows)).map(({ person, merchantUserKey }) => [person, merchantUserKey]));
    },

    async undelivered(limit) {
      const { results } = await db
        .prepare('SELECT * FROM member_changes WHERE delivered_at IS NULL ORDER BY sequence LIMIT ?1')
        .bind(limit)
        .all<ChangeRow>();
      return results.map(readChange);
    },

    async changesAfter(sequence, limit) {
      const { results } = await db
        .prepare(
          `SELECT member_changes.*, members.merchant_user_key AS sealed_key FROM member_changes
             LEFT JOIN members ON members.person = member_changes.person AND members.status <> '${ERASED}'
           WHERE sequence > ?1 ORDER BY sequence LIMIT ?2`,
        )
        .bind(sequence, limit)
        .all<ChangeRow & { readonly sealed_key: string | null }>();
      return await Promise.all(
        results.map(async (row) => ({
          ...readChange(row),
          merchantUserKey:
            row.sealed_key === null ? null : await people.open({ hmac: row.person, sealed: row.sealed_key }),
        })),
      );
    },

    async feed(name) {
      return await db
        .prepare(
          'SELECT last_sequence AS lastSequence, updated_at AS updatedAt FROM member_feeds WHERE name = ?1',
        )
        .bind(name)
        .first<{ lastSequence: number; updatedAt: number }>();
    },
  };
}
