import {
  isKnownAuditStatus,
  isKnownResultCode,
  isKnownVerificationStatus,
  type Registration,
  type Verification,
} from '@facepass-kit/core';
import { z } from 'zod';
import type { Log } from '../log.ts';
import { type Database, rowsOf } from '../store/database.ts';

/** The fields whose values FacePass may add to. */
export type OpenField = 'status' | 'resultCode' | 'auditStatus';

/** New words, not prose: a field that is suddenly free text fills no table and no alert. */
const VALUES_PER_RUN = 20;
const wordShape = /^[\p{L}\p{N}_.:-]{1,64}$/u;

/** Collects, over a run, values that this version does not know. The rows themselves are mirrored as they are. */
export interface UnknownValues {
  ofVerification(row: Pick<Verification, 'status' | 'resultCode'>): void;
  ofRegistration(row: Pick<Registration, 'auditStatus'>): void;
  /** Stores what was met, and raises an alarm for each value that was never met before. */
  keep(database: Database, log: Log, nowMs: number): Promise<void>;
}

export function createUnknownValues(): UnknownValues {
  const met = new Map<string, readonly [OpenField, string]>();
  const note = (
    field: OpenField,
    value: string | null | undefined,
    isKnown: (value: string) => boolean,
  ): void => {
    if (value === null || value === undefined || isKnown(value) || met.size >= VALUES_PER_RUN) return;
    met.set(`${field}:${value}`, [field, wordShape.test(value) ? value : '(text)']);
  };
  return {
    ofVerification({ status, resultCode }) {
      note('status', status, isKnownVerificationStatus);
      note('resultCode', resultCode, isKnownResultCode);
    },
    ofRegistration({ auditStatus }) {
      note('auditStatus', auditStatus, isKnownAuditStatus);
    },
    async keep(database, log, nowMs) {
      if (met.size === 0) return;
      const rows = await rowsOf(
        database,
        `INSERT INTO unknown_values (field, value, first_seen_at, last_seen_at)
         SELECT value->>0, value->>1, ?2, ?2 FROM json_each(?1) WHERE true
         ON CONFLICT (field, value) DO UPDATE SET last_seen_at = ?2 RETURNING field, value, first_seen_at`,
        [JSON.stringify([...met.values()]), nowMs],
      );
      met.clear();
      const stored = z.object({ field: z.string(), value: z.string(), first_seen_at: z.number() });
      for (const row of rows) {
        const { field, value, first_seen_at } = stored.parse(row);
        if (first_seen_at === nowMs) log.alert('sync.unknown_value', { field, value });
      }
    },
  };
}
