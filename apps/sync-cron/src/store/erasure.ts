import type { PersonReferences } from '@facepass-kit/protocol';
import type { Database } from './database.ts';

export interface Erasure {
  /**
   * Forgets a person: their rows stay, about nobody, and nothing that comes later leads to them again. Doing it
   * twice, or for somebody never seen, is no error.
   *
   * @returns whether a person was linked until now.
   */
  erase(merchantUserKey: string): Promise<boolean>;
  /** Lets a person be mirrored again from now on; what was erased stays about nobody. */
  readmit(merchantUserKey: string): Promise<void>;
}

export function createErasure(database: Database, people: PersonReferences, now: () => number): Erasure {
  return {
    async erase(merchantUserKey) {
      const hmac = await people.hmac(merchantUserKey);
      const [, unlinked] = await database.execute([
        {
          sql: 'INSERT INTO tombstones (hmac, erased_at) VALUES (?1, ?2) ON CONFLICT (hmac) DO NOTHING',
          params: [hmac, now()],
        },
        {
          sql: 'UPDATE persons SET hmac = NULL, sealed = NULL, erased_at = ?2 WHERE hmac = ?1',
          params: [hmac, now()],
        },
        { sql: 'DELETE FROM quarantine WHERE person_hmac = ?1', params: [hmac] },
        { sql: 'DELETE FROM dead_letters WHERE person_hmac = ?1', params: [hmac] },
      ]);
      return (unlinked?.changes ?? 0) > 0;
    },
    async readmit(merchantUserKey) {
      const hmac = await people.hmac(merchantUserKey);
      await database.execute([{ sql: 'DELETE FROM tombstones WHERE hmac = ?1', params: [hmac] }]);
    },
  };
}
