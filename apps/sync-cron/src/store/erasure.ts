import type { PersonReferences } from '@facepass-kit/protocol';
import type { PresentNames } from '../renewal/present-names.ts';
import type { Database, Statement } from './database.ts';

export interface Erasure {
  /**
   * Forgets a person: their rows stay, about nobody, and nothing that comes later leads to them again. Doing it
   * twice, or for somebody never seen, is no error.
   *
   * @returns whether a person was linked until now.
   */
  erase(merchantUserKey: string): Promise<boolean>;
  /** Lets a person be mirrored again from now on; what happened before stays about nobody, though it comes only now. */
  readmit(merchantUserKey: string): Promise<void>;
}

export function createErasure(
  database: Database,
  people: PersonReferences,
  present: Pick<PresentNames, 'adopt'>,
  now: () => number,
): Erasure {
  return {
    async erase(merchantUserKey) {
      const hmac = await people.hmac(merchantUserKey);
      const [, unlinked] = await database.execute([
        ...erasureStatements([hmac], now(), 'request'),
        // Erased from the mirror by a request of its own: there is no other purpose to keep the key for.
        {
          sql: `UPDATE leavers SET sealed = NULL, state = 'cut', epoch = epoch + 1 WHERE person = ?1 AND sealed IS NOT NULL`,
          params: [hmac],
        },
      ]);
      return (unlinked?.changes ?? 0) > 0;
    },
    async readmit(merchantUserKey) {
      await present.adopt([merchantUserKey]);
      const { hmac, sealed } = await people.of(merchantUserKey);
      await database.execute([
        readmissionStatement([{ person: hmac, sealed, since: now() }]),
        { sql: 'DELETE FROM tombstones WHERE hmac = ?1', params: [hmac] },
      ]);
    },
  };
}

/** Somebody who is to be mirrored again, since when. */
export interface Readmitted {
  readonly person: string;
  readonly sealed: string | null;
  readonly since: number;
}

/**
 * Gives people a row of their own again, for the transaction that drops their tombstones; those who have none are left as
 * they are. FacePass tells of whole seconds: what happened in the same one counts as after.
 *
 * @param condition an SQL condition on their tombstones.
 */
export function readmissionStatement(people: readonly Readmitted[], condition = 'true'): Statement {
  const rows = people.flatMap(({ person, sealed, since }) =>
    sealed === null ? [] : [[person, sealed, Math.floor(since / 1_000) * 1_000]],
  );
  return {
    sql: `INSERT INTO persons (hmac, sealed, readmitted_at) SELECT value->>0, value->>1, value->>2 FROM json_each(?1)
          WHERE EXISTS (SELECT 1 FROM tombstones WHERE hmac = value->>0 AND ${condition})
          ON CONFLICT (hmac) DO NOTHING`,
    params: [JSON.stringify(rows)],
  };
}

/**
 * Forgets people, in one transaction with whatever else it is part of.
 *
 * @param origin who had them erased: what the `directory` erased comes back when it is a member again.
 * @param condition an SQL condition without parameters under which it is done; always where absent.
 */
export function erasureStatements(
  hmacs: readonly string[],
  nowMs: number,
  origin: 'request' | 'directory',
  condition = 'true',
): Statement[] {
  const all = JSON.stringify(hmacs);
  const among = `IN (SELECT value FROM json_each(?1)) AND ${condition}`;
  return [
    {
      sql: `INSERT INTO tombstones (hmac, erased_at, origin) SELECT value, ?2, ?3 FROM json_each(?1) WHERE ${condition}
            ON CONFLICT (hmac) DO UPDATE SET origin = 'request' WHERE excluded.origin = 'request'`,
      params: [all, nowMs, origin],
    },
    {
      sql: `UPDATE persons SET hmac = NULL, sealed = NULL, erased_at = ?2 WHERE hmac ${among}`,
      params: [all, nowMs],
    },
    { sql: `DELETE FROM quarantine WHERE person_hmac ${among}`, params: [all] },
    { sql: `DELETE FROM dead_letters WHERE person_hmac ${among}`, params: [all] },
  ];
}
