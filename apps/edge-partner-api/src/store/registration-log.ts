import type { RegisteredCallback } from '@facepass-kit/core/partner';
import type { PersonReferences } from '@facepass-kit/protocol';

/** What FacePass reported about registrations (B3). */
export interface RegistrationLog {
  /** Records a callback; false where the very same one was recorded before. */
  record(callback: RegisteredCallback, atMs: number): Promise<boolean>;
}

export function createD1RegistrationLog(db: D1Database, people: PersonReferences): RegistrationLog {
  return {
    async record({ txId, merchantUserKey, registered }, atMs) {
      const { meta } = await db
        .prepare(
          'INSERT INTO registration_callbacks (tx_id, person, registered, received_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING',
        )
        .bind(txId, await people.hmac(merchantUserKey), registered ? 1 : 0, atMs)
        .run();
      return meta.changes > 0;
    },
  };
}
