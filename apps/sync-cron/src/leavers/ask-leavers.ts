import type { PersonReferences } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Database, Statement } from '../store/database.ts';
import { type FaceRegistry, isUndecided } from './face-registry.ts';
import {
  anotherRegistration,
  type ClaimedLeaver,
  changeStatement,
  claimToAsk,
  eventStatement,
} from './leaver-store.ts';
import { tellIfStuck } from './stuck.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** People claimed at once. */
const CLAIM = 20;
/** Somebody who stays on the list is asked about again after this, since a face may be removed by other hands. */
const ASK_AGAIN_MS = 7 * DAY_MS;
/**
 * When a question that failed is put again: after as long as they have been gone, within these bounds. FacePass may well
 * answer so about everybody it does not know.
 */
const [FIRST_RETRY_MS, LONGEST_RETRY_MS] = [HOUR_MS, DAY_MS];
/** When somebody without a face is asked about again whose audit is undecided. */
const ASK_UNDECIDED_MS = 6 * HOUR_MS;
/** Registrations younger than this are looked at for people known to have no face. */
const ANEW_MS = 2 * DAY_MS;
/** How long the log of the sweep is kept. */
const EVENTS_KEPT_MS = 400 * DAY_MS;

export interface AskParts {
  readonly database: Database;
  readonly registry: FaceRegistry;
  readonly people: PersonReferences;
  readonly now: () => number;
  readonly log: Log;
  /** How long after the end of a membership a face may stay. */
  readonly graceMs: number;
  /** How long the key of an erased person is kept at most. */
  readonly keyHorizonMs: number;
  /** Nobody is asked about; what was kept is still looked after. */
  readonly isOff: boolean;
  /** Whether one more person may be asked about and the answer stored. */
  readonly mayGoOn: () => boolean;
}

/**
 * Asks FacePass about people who left, as far as the run's budget goes: each once, until the answer is no longer
 * good. Also cuts the keys that were kept for as long as they may be.
 *
 * @returns whom FacePass answered about.
 */
export async function askLeavers(parts: AskParts): Promise<number> {
  const { database, now, graceMs } = parts;
  if (!parts.mayGoOn()) return 0;
  await tidy(parts);
  let asked = 0;
  for (;;) {
    if (parts.isOff || !parts.mayGoOn()) return asked;
    const claimed = await claimToAsk(database, { nowMs: now(), graceMs, limit: CLAIM });
    for (const one of claimed) {
      // What is left of the claim falls due again when its lease ends.
      if (!parts.mayGoOn() || !(await ask(one, parts))) return asked;
      asked++;
    }
    if (claimed.length < CLAIM) return asked;
  }
}

/** @returns whether the next question is worth putting. */
async function ask(
  one: ClaimedLeaver,
  { database, registry, people, now, log, graceMs }: AskParts,
): Promise<boolean> {
  const key = await people.open({ hmac: one.person, sealed: one.sealed });
  const answer = await registry.standing(key);
  const nowMs = now();
  if (!answer.ok) {
    if (!answer.everybody) {
      const waitMs = Math.min(Math.max(nowMs - one.since, FIRST_RETRY_MS), LONGEST_RETRY_MS);
      await database.execute([
        changeStatement(one, { ask_at: nowMs + waitMs }),
        eventStatement(one.person, 'asked', answer.code, nowMs),
      ]);
    }
    return !answer.everybody;
  }
  const { registered, registeredTs, auditStatus } = answer.value;
  if (!registered && isUndecided(answer.value)) {
    await database.execute([
      changeStatement(one, { state: 'due', ask_at: nowMs + ASK_UNDECIDED_MS, audit_status: auditStatus }),
      eventStatement(one.person, 'asked', 'not_registered', nowMs),
    ]);
    return true;
  }
  if (registered && one.state === 'unregistering') tellIfStuck(log, one.attempts, 'completed');
  const isAnother = one.asked_at !== null && registeredTs !== one.registered_ts;
  const change = registered
    ? {
        state: 'registered',
        asked_at: nowMs,
        ask_at: nowMs + ASK_AGAIN_MS,
        registered_ts: registeredTs,
        audit_status: auditStatus,
        ...(isAnother ? anotherRegistration(nowMs, graceMs) : {}),
      }
    : {
        state: 'gone',
        asked_at: nowMs,
        registered_ts: null,
        audit_status: auditStatus,
        // What somebody approved is done: it is no leave to unregister a face that comes after.
        approved_at: null,
        // The one purpose for which an erased person's key was kept is fulfilled.
        ...(one.why === 'erased' ? { sealed: null } : {}),
      };
  await database.execute([
    changeStatement(one, change),
    eventStatement(one.person, 'asked', registered ? 'registered' : 'not_registered', nowMs),
  ]);
  return true;
}

/** Cuts what was kept long enough, and asks again about people who registered after we were told they had no face. */
async function tidy({ database, now, log, keyHorizonMs, graceMs }: AskParts): Promise<void> {
  const nowMs = now();
  const overdue = `why = 'erased' AND sealed IS NOT NULL AND since <= ?1`;
  const statements: Statement[] = [
    {
      sql: `INSERT INTO leaver_events (at, person, action) SELECT ?2, person, 'cut' FROM leavers
            WHERE ${overdue} AND state <> 'gone'`,
      params: [nowMs - keyHorizonMs, nowMs],
    },
    {
      sql: `UPDATE leavers SET sealed = NULL, epoch = epoch + 1,
              state = CASE state WHEN 'gone' THEN 'gone' ELSE 'cut' END
            WHERE ${overdue} RETURNING state`,
      params: [nowMs - keyHorizonMs],
    },
    {
      sql: `UPDATE leavers SET state = 'due', ask_at = ?2, epoch = epoch + 1, approved_at = NULL, act_at = ?3
            WHERE state = 'gone' AND sealed IS NOT NULL AND person IN (
              SELECT persons.hmac FROM registrations JOIN persons ON persons.id = registrations.person_id
              WHERE generation = (SELECT generation FROM streams WHERE stream = 'registrations')
                AND event_at >= ?1 AND event_at > leavers.asked_at AND persons.hmac = leavers.person)`,
      params: [nowMs - ANEW_MS, nowMs, nowMs + graceMs],
    },
    { sql: 'DELETE FROM leaver_events WHERE at < ?1', params: [nowMs - EVENTS_KEPT_MS] },
  ];
  const results = await database.execute(statements);
  const states = (results[1]?.rows ?? []).map((row) => z.object({ state: z.string() }).parse(row).state);
  const people = states.filter((state) => state === 'cut').length;
  if (people > 0) log.alert('leavers.key_cut_unconfirmed', { people });
}
