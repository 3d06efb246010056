import {
  type LeaverReason,
  type MemberFeedStep,
  type MemberStanding,
  memberFeedStep,
} from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf, type Statement } from '../store/database.ts';
import { erasureStatements, readmissionStatement } from '../store/erasure.ts';

/** What the directory tells of its members, taken in by steps that cannot be taken twice or out of order. */
export interface MemberFeed {
  cursor(): Promise<number>;
  /** False where the cursor stands elsewhere: another run was here first. */
  note(step: MemberFeedStep): Promise<boolean>;
}

export interface MemberFeedParts {
  readonly database: Database;
  readonly now: () => number;
  /** Whether the key of an erased person is kept until FacePass says that the face is gone. */
  readonly keepsErasedKeys: boolean;
}

export function createMemberFeed({ database, now, keepsErasedKeys }: MemberFeedParts): MemberFeed {
  return {
    async cursor() {
      const [row] = await rowsOf(database, 'SELECT through FROM member_feed');
      return z.object({ through: z.number().int() }).parse(row).through;
    },
    async note(step) {
      const { after, through, standings } = memberFeedStep.parse(step);
      const unmoved = `(SELECT through FROM member_feed) = ${after}`;
      const results = await database.execute([
        ...standingStatements(standings, { nowMs: now(), keepsErasedKeys, condition: unmoved }),
        { sql: 'UPDATE member_feed SET through = ?2 WHERE through = ?1', params: [after, through] },
      ]);
      return (results.at(-1)?.changes ?? 0) > 0;
    },
  };
}

/** Why, and since when, somebody counts as having left; null while nothing ends their membership. */
export function leaving({
  status,
  since,
  validUntil,
}: MemberStanding): { readonly why: LeaverReason; readonly since: number } | null {
  if (status === 'erased') return { why: 'erased', since };
  const suspended = status === 'suspended' ? since : Number.POSITIVE_INFINITY;
  const expired = validUntil ?? Number.POSITIVE_INFINITY;
  if (suspended === Number.POSITIVE_INFINITY && expired === Number.POSITIVE_INFINITY) return null;
  return expired <= suspended ? { why: 'expired', since: expired } : { why: 'suspended', since: suspended };
}

/** Everything that follows from how people stand now. */
export function standingStatements(
  standings: readonly MemberStanding[],
  {
    nowMs,
    keepsErasedKeys,
    condition,
  }: { readonly nowMs: number; readonly keepsErasedKeys: boolean; readonly condition: string },
): Statement[] {
  const left = standings.map((standing) => ({ ...standing, leaving: leaving(standing) }));
  const people = (those: readonly { readonly person: string }[]) => those.map(({ person }) => person);
  const erased = people(standings.filter(({ status }) => status === 'erased'));
  const present = standings.filter(({ status }) => status !== 'erased');
  const staying = JSON.stringify(people(left.filter((one) => one.leaving === null)));
  // Whom the directory erased before it kept keys cannot be asked about: nothing leads to them.
  const leavers = left.flatMap(({ person, sealed, status, leaving: end }) =>
    end === null || sealed === null || (status === 'erased' && !keepsErasedKeys)
      ? []
      : [[person, sealed, end.why, end.since]],
  );
  return [
    ...erasureStatements(erased, nowMs, 'directory', condition),
    readmissionStatement(present, `origin = 'directory' AND ${condition}`),
    {
      sql: `DELETE FROM tombstones WHERE origin = 'directory' AND hmac IN (SELECT value FROM json_each(?1)) AND ${condition}`,
      params: [JSON.stringify(people(present))],
    },
    {
      sql: `INSERT INTO leaver_events (at, person, action) SELECT ?2, person, 'withdrawn' FROM leavers
            WHERE person IN (SELECT value FROM json_each(?1)) AND state <> 'due' AND ${condition}`,
      params: [staying, nowMs],
    },
    {
      sql: `DELETE FROM leavers WHERE person IN (SELECT value FROM json_each(?1)) AND ${condition}`,
      params: [staying],
    },
    ...(keepsErasedKeys
      ? []
      : [
          {
            sql: `UPDATE leavers SET sealed = NULL, state = 'cut', epoch = epoch + 1
                  WHERE person IN (SELECT value FROM json_each(?1)) AND sealed IS NOT NULL AND ${condition}`,
            params: [JSON.stringify(erased)],
          },
        ]),
    {
      // Whose leaving is another than was known is asked about anew, whatever FacePass said before.
      sql: `INSERT INTO leavers (person, sealed, why, since, ask_at)
            SELECT value->>0, value->>1, value->>2, value->>3, value->>3 FROM json_each(?1)
            WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE hmac = value->>0 AND origin = 'request') AND ${condition}
            ON CONFLICT (person) DO UPDATE SET why = excluded.why, since = excluded.since, sealed = excluded.sealed,
              epoch = epoch + 1, state = 'due', ask_at = excluded.ask_at, attempts = 0,
              approved_at = CASE WHEN excluded.why = 'erased' THEN approved_at END
            WHERE leavers.why <> excluded.why OR leavers.since <> excluded.since`,
      params: [JSON.stringify(leavers)],
    },
  ];
}
