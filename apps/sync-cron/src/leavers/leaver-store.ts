import {
  type Leaver,
  type LeaverEvent,
  type LeaverEventsQuery,
  type LeaversQuery,
  leaver,
  leaverEvent,
  leaverEventsQuery,
  leaversQuery,
  type PersonReferences,
} from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf, type Statement } from '../store/database.ts';

/** A leaver under lease: an answer about them counts only while the epoch is this one. */
const claimedLeaver = z.object({
  person: z.string(),
  sealed: z.string(),
  why: z.string(),
  /** When they left. */
  since: z.number().int(),
  state: z.enum(['due', 'registered', 'unregistering']),
  epoch: z.number().int(),
  /** When FacePass was asked last, and the registration it told of then. */
  asked_at: z.number().int().nullable(),
  registered_ts: z.string().nullable(),
  attempts: z.number().int(),
});
export type ClaimedLeaver = Readonly<z.infer<typeof claimedLeaver>>;

const columns = Object.keys(claimedLeaver.shape).join(', ');

/** How long a claimed leaver is left to its owner: many times what the few calls about them take, and over at the next run. */
const LEASE_MS = 4 * 60_000;

/** Takes people whom FacePass is to be asked about now; `graceMs` after they left, the erased at once. */
export async function claimToAsk(
  database: Database,
  { nowMs, graceMs, limit }: { readonly nowMs: number; readonly graceMs: number; readonly limit: number },
): Promise<ClaimedLeaver[]> {
  const rows = await rowsOf(
    database,
    `UPDATE leavers SET epoch = epoch + 1, ask_at = ?2 WHERE person IN (
       SELECT person FROM leavers INDEXED BY leavers_to_ask
       WHERE state IN ('due', 'registered', 'unregistering') AND ask_at <= ?1 AND (why = 'erased' OR since <= ?3)
       ORDER BY ask_at LIMIT ?4)
     RETURNING ${columns}`,
    [nowMs, nowMs + LEASE_MS, nowMs - graceMs, limit],
  );
  return rows.map((row) => claimedLeaver.parse(row));
}

/** Takes people whose face is to be unregistered now: all, or only those somebody approved. */
export async function claimToUnregister(
  database: Database,
  {
    nowMs,
    approvedOnly,
    limit,
  }: { readonly nowMs: number; readonly approvedOnly: boolean; readonly limit: number },
): Promise<ClaimedLeaver[]> {
  const rows = await rowsOf(
    database,
    `UPDATE leavers SET epoch = epoch + 1, act_at = ?2 WHERE person IN (
       SELECT person FROM leavers WHERE state = 'registered' AND act_at <= ?1
         AND (?3 = 0 OR approved_at IS NOT NULL) ORDER BY person LIMIT ?4)
     RETURNING ${columns}`,
    [nowMs, nowMs + LEASE_MS, approvedOnly ? 1 : 0, limit],
  );
  return rows.map((row) => claimedLeaver.parse(row));
}

/** Whether a claim still stands: nobody came back, nothing changed, and no other run took it over. */
export async function stillClaimed(database: Database, { person, epoch }: ClaimedLeaver): Promise<boolean> {
  const rows = await rowsOf(database, 'SELECT 1 FROM leavers WHERE person = ?1 AND epoch = ?2', [
    person,
    epoch,
  ]);
  return rows.length > 0;
}

/** A change of a claimed leaver's row; nothing happens once the claim stands no more. */
export function changeStatement(
  { person, epoch }: ClaimedLeaver,
  change: Readonly<Record<string, string | number | null>>,
): Statement {
  const names = Object.keys(change);
  return {
    sql: `UPDATE leavers SET ${names.map((name, index) => `${name} = ?${index + 3}`).join(', ')}
          WHERE person = ?1 AND epoch = ?2`,
    params: [person, epoch, ...Object.values(change)],
  };
}

/**
 * What changes where FacePass tells of another registration than the one that was found: nobody approved to have that
 * one unregistered, and whoever made it gets the whole grace again.
 */
export function anotherRegistration(
  nowMs: number,
  graceMs: number,
): { readonly approved_at: null; readonly act_at: number } {
  return { approved_at: null, act_at: nowMs + graceMs };
}

export function eventStatement(
  person: string,
  action: LeaverEvent['action'],
  answer: string | null,
  nowMs: number,
): Statement {
  return {
    sql: 'INSERT INTO leaver_events (at, person, action, answer) VALUES (?1, ?2, ?3, ?4) RETURNING id',
    params: [nowMs, person, action, answer],
  };
}

/** What FacePass answered to an attempt that was written down before. */
export function answerStatement(eventId: number, answer: string): Statement {
  return { sql: 'UPDATE leaver_events SET answer = ?2 WHERE id = ?1', params: [eventId, answer] };
}

export interface LeaverReader {
  list(query: LeaversQuery, keys: boolean): Promise<Leaver[]>;
  events(query: LeaverEventsQuery): Promise<LeaverEvent[]>;
}

export function createLeaverReader(database: Database, people: PersonReferences): LeaverReader {
  return {
    async list(query, keys) {
      const { state, after, limit } = leaversQuery.parse(query);
      const rows = await rowsOf(
        database,
        `SELECT person, sealed, why, since, state, asked_at AS askedAt, registered_ts AS registeredTs,
           audit_status AS auditStatus, approved_at AS approvedAt, attempts
         FROM leavers WHERE state = ?1 AND person > ?2 ORDER BY person LIMIT ?3`,
        [state, after ?? '', limit],
      );
      return await Promise.all(
        rows.map(async (row) => {
          const { person, sealed } = z
            .looseObject({ person: z.string(), sealed: z.string().nullable() })
            .parse(row);
          const merchantUserKey =
            keys && sealed !== null ? await people.open({ hmac: person, sealed }) : null;
          return leaver.parse({ ...z.looseObject({}).parse(row), merchantUserKey });
        }),
      );
    },
    async events(query) {
      const { since, limit } = leaverEventsQuery.parse(query);
      const rows = await rowsOf(
        database,
        'SELECT at, person, action, answer FROM leaver_events WHERE at >= ?1 ORDER BY at DESC, id DESC LIMIT ?2',
        [since ?? Number.MIN_SAFE_INTEGER, limit],
      );
      return rows.map((row) => leaverEvent.parse(row));
    },
  };
}
