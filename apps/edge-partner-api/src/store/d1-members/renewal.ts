import type { PersonReferences } from '@facepass-kit/protocol';
import type { Person } from '../member-directory.ts';
import { valuePieces } from '../value-pieces.ts';
import { ERASED, type MemberRow, openIdentified, type Sealing, sealIdentity } from './rows.ts';

/** A person's name before and after; the sealed key goes with the new one. */
export interface Renaming {
  readonly from: Person;
  readonly to: Person;
  readonly sealed: string;
}

/** Brings members under the current pepper and data key. A row that is written meanwhile is left for the next time. */
export interface MemberRenewal {
  /** The next members that are under another pepper or data key, as they will be. Writes nothing. */
  pending(limit: number): Promise<RenewedRow[]>;
  /** Those of these people who are under another name than they would get today, as they will be. */
  named(names: readonly string[]): Promise<RenewedRow[]>;
  /** How many of them were written. */
  apply(rows: readonly RenewedRow[]): Promise<number>;
  /** Seals anew the keys of erased people that wait for the mirror; how many that were. */
  resealDepartures(limit: number): Promise<number>;
  /** Hashes the names of erased people again; how many that were. */
  wrapTombstones(limit: number): Promise<number>;
  /** Gives tombstones the name their person has today. */
  nameTombstones(renamings: readonly { readonly from: string; readonly to: string }[]): Promise<void>;
  left(): Promise<{ readonly members: number; readonly tombstones: number }>;
}

export interface RenewedRow extends Renaming {
  readonly version: number;
  readonly facts: string;
  readonly identity: string | null;
  readonly identityHash: string | null;
  readonly ci: string | null;
  readonly phone: string | null;
  readonly pepper: string;
}

type RenewableRow = MemberRow & { readonly merchant_user_key: string };

const COLUMNS =
  'person, merchant_user_key, facts, identity, version, updated_at, 0 AS has_ci, 0 AS has_phone';

export function createMemberRenewal(db: D1Database, sealing: Sealing): MemberRenewal {
  const { people, pepperId } = sealing;
  const stale = `(pepper IS NOT ?1 OR merchant_user_key NOT GLOB ?2 OR identity NOT GLOB ?2) AND status <> '${ERASED}'`;
  const sealedByCurrent = `${sealing.cipher.currentKid}.*`;

  const renew = async (row: RenewableRow): Promise<RenewedRow> => {
    const { merchantUserKey, identity } = await openIdentified(sealing, row);
    const { hmac: to, sealed } = await people.of(merchantUserKey);
    const parts =
      row.identity === null
        ? { identity: null, identityHash: null, ci: null, phone: null }
        : await sealIdentity(sealing, to, identity);
    const { version, facts } = row;
    return { from: row.person, to, sealed, version, facts, ...parts, pepper: pepperId };
  };

  const rows = async (sql: string, ...values: unknown[]): Promise<RenewedRow[]> => {
    const { results } = await db
      .prepare(sql)
      .bind(...values)
      .all<RenewableRow>();
    return await Promise.all(results.map(renew));
  };

  return {
    pending: async (limit) =>
      await rows(`SELECT ${COLUMNS} FROM members WHERE ${stale} LIMIT ?3`, pepperId, sealedByCurrent, limit),

    named: async (names) =>
      await rows(
        `SELECT ${COLUMNS} FROM members WHERE status <> '${ERASED}' AND pepper IS NOT ?2
           AND (person IN (SELECT value FROM json_each(?1)) OR ci_index IN (SELECT value FROM json_each(?1)))`,
        JSON.stringify(names),
        pepperId,
      ),

    async apply(renewed) {
      let written = 0;
      for (const piece of valuePieces(renewed)) {
        const moved = JSON.stringify(piece.filter(({ from, to }) => from !== to));
        const [update] = await db.batch([
          db
            .prepare(
              `UPDATE OR IGNORE members SET person = value ->> 'to', merchant_user_key = value ->> 'sealed',
                 identity = value ->> 'identity', identity_hash = value ->> 'identityHash',
                 ci_index = value ->> 'ci', phone_index = value ->> 'phone', pepper = value ->> 'pepper'
               FROM json_each(?1) WHERE person = value ->> 'from' AND version = value ->> 'version'`,
            )
            .bind(JSON.stringify(piece)),
          ...renames(db, moved),
        ]);
        written += update?.meta.changes ?? 0;
      }
      return written;
    },

    async resealDepartures(limit) {
      const { results } = await db
        .prepare(
          'SELECT person, merchant_user_key AS sealed FROM departures WHERE merchant_user_key NOT GLOB ?1 LIMIT ?2',
        )
        .bind(sealedByCurrent, limit)
        .all<{ person: string; sealed: string }>();
      const resealed = await Promise.all(
        results.map(async ({ person: hmac, sealed }) => {
          const key = await people.open({ hmac, sealed }).catch(() => null);
          return key === null ? [] : { hmac, before: sealed, sealed: await people.seal(key, hmac) };
        }),
      );
      const { meta } = await db
        .prepare(
          `UPDATE departures SET merchant_user_key = value ->> 'sealed' FROM json_each(?1)
           WHERE person = value ->> 'hmac' AND merchant_user_key = value ->> 'before'`,
        )
        .bind(JSON.stringify(resealed.flat()))
        .run();
      return meta.changes;
    },

    async wrapTombstones(limit) {
      const { results } = await db
        .prepare(
          // Whose key still waits for the mirror keeps the name it is sealed under.
          `SELECT person FROM members WHERE status = '${ERASED}' AND pepper IS NOT ?1
             AND NOT EXISTS (SELECT 1 FROM departures WHERE departures.person = members.person) LIMIT ?2`,
        )
        .bind(pepperId, limit)
        .all<{ person: string }>();
      await renameTombstones(db, await wrapped(people, results), pepperId);
      return results.length;
    },

    nameTombstones: async (renamings) => await renameTombstones(db, renamings, pepperId),

    async left() {
      const found = await db
        .prepare(
          `SELECT (SELECT count(*) FROM members WHERE ${stale}) +
               (SELECT count(*) FROM departures WHERE merchant_user_key NOT GLOB ?2) AS members,
             (SELECT count(*) FROM members WHERE status = '${ERASED}' AND pepper IS NOT ?1) AS tombstones`,
        )
        .bind(pepperId, sealedByCurrent)
        .first<{ members: number; tombstones: number }>();
      return found ?? { members: 0, tombstones: 0 };
    },
  };
}

async function wrapped(people: PersonReferences, rows: readonly { readonly person: string }[]) {
  return await Promise.all(rows.map(async ({ person }) => ({ from: person, to: await people.wrap(person) })));
}

async function renameTombstones(
  db: D1Database,
  renamings: readonly { readonly from: string; readonly to: string }[],
  pepperId: string,
): Promise<void> {
  if (renamings.length === 0) return;
  const json = JSON.stringify(renamings);
  await db.batch([
    db
      .prepare(
        `UPDATE OR IGNORE members SET person = value ->> 'to', pepper = ?2
         FROM json_each(?1) WHERE person = value ->> 'from' AND status = '${ERASED}'`,
      )
      .bind(json, pepperId),
    ...renames(db, json),
  ]);
}

/** Everywhere else where the names stand of those who have just got another. */
function renames(db: D1Database, json: string): D1PreparedStatement[] {
  const places = [
    ['member_changes', 'person'],
    ['registration_events', 'person'],
    ['erasures', 'person'],
    ['audit', 'subject'],
  ] as const;
  return places.map(([table, column]) =>
    db
      .prepare(
        `UPDATE OR REPLACE ${table} SET ${column} = value ->> 'to' FROM json_each(?1)
         WHERE ${column} = value ->> 'from'
           AND EXISTS (SELECT 1 FROM members WHERE person = value ->> 'to')
           AND NOT EXISTS (SELECT 1 FROM members WHERE person = value ->> 'from')`,
      )
      .bind(json),
  );
}
