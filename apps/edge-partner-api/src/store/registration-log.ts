import type { RegisteredCallback } from '@facepass-kit/core/partner';
import type { PersonReferences, RegistrationEvent } from '@facepass-kit/protocol';

/** What FacePass reported about registrations (B3). */
export interface RegistrationLog {
  /** Records a callback; false where the very same one was recorded before. */
  record(callback: RegisteredCallback, atMs: number): Promise<boolean>;
  /** What came after an event, oldest first. */
  list(after: number, limit: number): Promise<RegistrationEvent[]>;
}

interface EventRow extends Omit<RegistrationEvent, 'registered'> {
  readonly registered: 0 | 1;
}

export function createD1RegistrationLog(db: D1Database, people: PersonReferences): RegistrationLog {
  return {
    async record({ txId, merchantUserKey, registered }, atMs) {
      const { meta } = await db
        .prepare(
          'INSERT INTO registration_events (tx_id, person, registered, received_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING',
        )
        .bind(txId, await people.hmac(merchantUserKey), registered ? 1 : 0, atMs)
        .run();
      return meta.changes > 0;
    },
    async list(after, limit) {
      const { results } = await db
        .prepare(
          `SELECT sequence, person, tx_id AS txId, registered, received_at AS at FROM registration_events
           WHERE sequence > ?1 ORDER BY sequence LIMIT ?2`,
        )
        .bind(after, limit)
        .all<EventRow>();
      return results.map((row) => ({ ...row, registered: row.registered === 1 }));
    },
  };
}
