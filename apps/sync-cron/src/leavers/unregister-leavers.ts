import type { LeaverSweep, MemberStanding, PersonReferences, StandingsOf } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Database } from '../store/database.ts';
import { type FaceRegistry, isUndecided } from './face-registry.ts';
import {
  anotherRegistration,
  answerStatement,
  type ClaimedLeaver,
  changeStatement,
  claimToUnregister,
  eventStatement,
  stillClaimed,
} from './leaver-store.ts';
import { leaving, standingStatements } from './member-feed.ts';
import { tellIfStuck } from './stuck.ts';

/** People a sweep: the edge app calls every minute, and waits. */
const PEOPLE_PER_SWEEP = 10;
/** Statements that one person takes at most: what the directory answers is taken in, and each step written down. */
const QUERIES_PER_PERSON = 13;
const FIRST_RETRY_MS = 10 * 60_000;
const LONGEST_RETRY_MS = 24 * 3_600_000;
/** FacePass is asked whether a face that it unregistered is gone after this. */
const CONFIRM_AFTER_MS = 60_000;

export interface UnregisterParts {
  readonly database: Database;
  readonly registry: FaceRegistry;
  readonly people: PersonReferences;
  readonly standingsOf: StandingsOf;
  readonly now: () => number;
  readonly log: Log;
  /** Only whom somebody approved; otherwise whoever has a face. */
  readonly approvedOnly: boolean;
  readonly graceMs: number;
  readonly keepsErasedKeys: boolean;
  /** Whether so many statements may be made. */
  readonly mayGoOn: (queries: number) => boolean;
}

type Outcome = 'unregistered' | 'refused' | 'spared' | 'gone' | 'stop';

/**
 * Unregisters faces of people who left. Right before each, FacePass is asked again whether the registration is
 * the one that was found, and the directory whether the person is still away: whoever came back is spared.
 */
export async function unregisterLeavers(parts: UnregisterParts): Promise<LeaverSweep> {
  const { database, now, approvedOnly } = parts;
  const counts = { asked: 0, unregistered: 0, refused: 0, spared: 0 };
  if (!parts.mayGoOn(1 + QUERIES_PER_PERSON)) return counts;
  const claimed = await claimToUnregister(database, { nowMs: now(), approvedOnly, limit: PEOPLE_PER_SWEEP });
  for (const one of claimed) {
    if (!parts.mayGoOn(QUERIES_PER_PERSON)) break;
    const outcome = await settle(one, parts);
    if (outcome === 'stop') break;
    counts.asked++;
    if (outcome !== 'gone') counts[outcome]++;
  }
  return counts;
}

async function settle(one: ClaimedLeaver, parts: UnregisterParts): Promise<Outcome> {
  const { database, registry, people, now } = parts;
  const key = await people.open({ hmac: one.person, sealed: one.sealed });
  const found = await registry.standing(key);
  if (!found.ok) return found.everybody ? 'stop' : await refused(one, found.code, parts);
  if (!found.value.registered) {
    const state = isUndecided(found.value) ? 'due' : 'gone';
    await database.execute([
      changeStatement(one, {
        state,
        asked_at: now(),
        registered_ts: null,
        approved_at: null,
        ...(state === 'due' ? { ask_at: now() } : one.why === 'erased' ? { sealed: null } : {}),
      }),
      eventStatement(one.person, 'asked', 'not_registered', now()),
    ]);
    return 'gone';
  }
  if (found.value.registeredTs !== one.registered_ts) {
    const { registeredTs, auditStatus } = found.value;
    await database.execute([
      changeStatement(one, {
        registered_ts: registeredTs,
        audit_status: auditStatus,
        asked_at: now(),
        ...anotherRegistration(now(), parts.graceMs),
      }),
      eventStatement(one.person, 'asked', 'registered', now()),
    ]);
    return 'spared';
  }
  if (!(await isStillAway(one, parts))) return 'spared';
  return await unregister(one, key, parts);
}

/** Asks the directory, takes its answer in, and sees whether the claim outlived that. */
async function isStillAway(one: ClaimedLeaver, parts: UnregisterParts): Promise<boolean> {
  const { database, now, keepsErasedKeys, graceMs } = parts;
  const [standing] = await parts.standingsOf([one.person]);
  // Nobody under this reference: the directory cannot say that they are away.
  if (standing === undefined || standing.person !== one.person) return false;
  const statements = standingStatements([kept(standing, one)], {
    nowMs: now(),
    keepsErasedKeys,
    condition: 'true',
  });
  await database.execute(statements);
  const left = leaving(standing);
  const isOver = left !== null && (left.why === 'erased' || left.since <= now() - graceMs);
  return isOver && (await stillClaimed(database, one));
}

/** The directory holds no key of an erased person any more; the one the claim has is good. */
function kept(standing: MemberStanding, { sealed }: ClaimedLeaver): MemberStanding {
  return standing.sealed === null ? { ...standing, sealed } : standing;
}

async function unregister(one: ClaimedLeaver, key: string, parts: UnregisterParts): Promise<Outcome> {
  const { database, registry, now } = parts;
  const [noted] = await database.execute([eventStatement(one.person, 'unregister', null, now())]);
  const { id } = z.object({ id: z.number().int() }).parse(noted?.rows[0]);
  const answer = await registry.unregister(key);
  const word = answer.ok ? (answer.value ? 'completed' : 'not_completed') : answer.code;
  await database.execute([answerStatement(id, word)]);
  if (word !== 'completed') return await refused(one, word, parts);
  await database.execute([
    // An attempt until FacePass has been asked once more and says that the face is gone.
    changeStatement(one, {
      state: 'unregistering',
      ask_at: now() + CONFIRM_AFTER_MS,
      act_at: retryAt(one, now()),
      attempts: one.attempts + 1,
    }),
  ]);
  return 'unregistered';
}

async function refused(one: ClaimedLeaver, answer: string, parts: UnregisterParts): Promise<Outcome> {
  const attempts = one.attempts + 1;
  await parts.database.execute([changeStatement(one, { attempts, act_at: retryAt(one, parts.now()) })]);
  tellIfStuck(parts.log, attempts, answer);
  return 'refused';
}

function retryAt({ attempts }: ClaimedLeaver, nowMs: number): number {
  return nowMs + Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts, 20), LONGEST_RETRY_MS);
}
