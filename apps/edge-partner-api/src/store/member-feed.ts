import type { MemberFeedStep, MemberStanding } from '@facepass-kit/protocol';
import { ERASED } from './d1-members/rows.ts';

/** The directory's changes for the mirror: not what changed, but how the people concerned stand now. */
export interface MemberFeed {
  /** The next step after a change; null when the mirror knows all there is. */
  after(sequence: number): Promise<MemberFeedStep | null>;
  /** How people stand now; whoever is not known is left out. */
  standingsOf(people: readonly string[]): Promise<MemberStanding[]>;
  /** The mirror has taken a step in: the keys of erased members in it are not needed here any more. */
  told(step: MemberFeedStep): Promise<void>;
  /** Forgets keys of members erased at or before `untilMs`, told or not; returns how many. */
  forget(untilMs: number): Promise<number>;
}

/** Changes a step: as many people at most, and a message well below what goes between Workers. */
const CHANGES_PER_STEP = 200;

interface StandingRow {
  readonly person: string;
  readonly merchant_user_key: string | null;
  readonly status: string;
  readonly since: number | null;
  readonly updated_at: number;
  readonly valid_until: string | null;
}

/** The status was the same in every change since the last one in which it was another. */
const STANDINGS = `
SELECT members.person, members.status, members.updated_at, members.facts ->> 'validUntil' AS valid_until,
  CASE WHEN members.status = '${ERASED}' THEN departures.merchant_user_key ELSE members.merchant_user_key END
    AS merchant_user_key,
  CASE WHEN members.status = '${ERASED}' THEN departures.erased_at ELSE (
    SELECT min(changed_at) FROM member_changes AS held WHERE held.person = members.person AND held.sequence > coalesce(
      (SELECT max(sequence) FROM member_changes AS other
       WHERE other.person = members.person AND other.facts ->> 'status' IS NOT members.status), 0)) END AS since
FROM members LEFT JOIN departures USING (person)
WHERE members.person IN (SELECT value FROM json_each(?1)) ORDER BY members.person`;

export function createD1MemberFeed(db: D1Database): MemberFeed {
  const standingsOf = async (people: readonly string[]): Promise<MemberStanding[]> => {
    const { results } = await db.prepare(STANDINGS).bind(JSON.stringify(people)).all<StandingRow>();
    return results.map(standing);
  };
  return {
    standingsOf,
    async after(sequence) {
      const { results } = await db
        .prepare('SELECT sequence, person FROM member_changes WHERE sequence > ?1 ORDER BY sequence LIMIT ?2')
        .bind(sequence, CHANGES_PER_STEP)
        .all<{ sequence: number; person: string }>();
      const through = results.at(-1)?.sequence;
      if (through !== undefined) {
        const people = [...new Set(results.map(({ person }) => person))];
        return { after: sequence, through, standings: await standingsOf(people) };
      }
      const last = await db
        .prepare('SELECT max(sequence) AS last FROM member_changes')
        .first<number | null>('last');
      // The mirror knows of changes that this directory never made: it was restored, and tells everything again.
      return sequence > (last ?? 0) ? { after: sequence, through: 0, standings: [] } : null;
    },
    async told({ standings }) {
      const told = standings.filter(({ status, sealed }) => status === 'erased' && sealed !== null);
      if (told.length === 0) return;
      await db
        .prepare(
          `DELETE FROM departures WHERE (person, erased_at) IN (
             SELECT value ->> 'person', value ->> 'since' FROM json_each(?1))`,
        )
        .bind(JSON.stringify(told.map(({ person, since }) => ({ person, since }))))
        .run();
    },
    async forget(untilMs) {
      const { meta } = await db.prepare('DELETE FROM departures WHERE erased_at <= ?1').bind(untilMs).run();
      return meta.changes;
    },
  };
}

function standing({
  person,
  merchant_user_key,
  status,
  since,
  updated_at,
  valid_until,
}: StandingRow): MemberStanding {
  return {
    person,
    sealed: merchant_user_key,
    status: status === ERASED ? 'erased' : status === 'suspended' ? 'suspended' : 'active',
    since: since ?? updated_at,
    validUntil: valid_until === null ? null : Date.parse(valid_until),
  };
}
