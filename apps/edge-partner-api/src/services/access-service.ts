import type { PermissionsAnswer, PermissionsRequest } from '@facepass-kit/core/partner';
import type { DecisionMessage, JsonObject, PersonReferences } from '@facepass-kit/protocol';
import { describeError, type Log } from '../log.ts';
import type { DecisionLog } from '../store/decision-log.ts';
import type { GuardAnswer, GuardPort, GuardQuestion } from '../store/guard-port.ts';
import { PROJECTION_BUDGET_MS } from '../store/member-projection.ts';
import { startBudgets, type WithinBudget } from './budget.ts';
import type { EventualDoors } from './eventual-doors.ts';
import type { MemberReader } from './member-reader.ts';
import { withoutRelease } from './without-release.ts';

/** B2: may this member enter here, now? */
export interface AccessService {
  /** Always an answer: whatever cannot be worked out in time is a denial with its reason. */
  ask(request: PermissionsRequest, siteId: string | null, context: AskContext): Promise<DoorAnswer>;
}

/** An answer, and how long was waited for what it hangs on, in milliseconds. */
export interface DoorAnswer extends GuardAnswer {
  /** For the member: KV, asked by the guard or here, or the partner's own system. */
  readonly memberMs: number;
  /** Null where the guard was not asked. */
  readonly guardMs: number | null;
}

interface AskContext {
  readonly requestId: string;
  readonly log: Log;
  /** Keeps the Worker alive for what may happen after the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** A person waits at the door; beyond this the answer is given without the guard. */
const GUARD_BUDGET_MS = 2_000;
/** What the guard's answer may need to come back: later than this much before the end it decides nothing any more. */
const GUARD_RETURN_MS = 250;

export interface AccessServiceOptions {
  readonly members: MemberReader;
  readonly guard: GuardPort;
  readonly decisions: Pick<DecisionLog, 'append'>;
  /** Sites run without the guard; null where there are none. */
  readonly eventual: (() => Promise<EventualDoors>) | null;
  readonly people: () => Promise<PersonReferences>;
  readonly now?: () => number;
}

export function createAccessService(options: AccessServiceOptions): AccessService {
  const { members, guard, decisions, now = () => Date.now() } = options;
  /** What doors without the guard answer, and for the guard, where they do not, the member as far as they know. */
  const withoutGuard = async (
    question: GuardQuestion,
    log: Log,
    within: WithinBudget,
    doorsOf: () => Promise<EventualDoors>,
  ) => {
    let { member } = question;
    try {
      const doors = await doorsOf();
      if (member === 'unread') member = doors.memberFor(question);
      return { answered: await within(doors.answer(question), PROJECTION_BUDGET_MS), member };
    } catch (error) {
      log('error', 'eventual.failed', describeError(error));
      return { answered: null, member };
    }
  };

  const answered = async (
    { merchantUserKey, params }: PermissionsRequest,
    siteId: string | null,
    { requestId, log, waitUntil }: AskContext,
    within: WithinBudget,
  ): Promise<DoorAnswer> => {
    const person = await (await options.people()).of(merchantUserKey);
    const livesElsewhere = members.livesElsewhere(siteId);
    const asked = { requestId, merchantUserKey, person, params, siteId, livesElsewhere };
    const record = (message: DecisionMessage): void =>
      waitUntil(
        decisions
          .append([message])
          .catch((lost: unknown) => log('error', 'decision.lost', describeError(lost))),
      );
    const readAt = now();
    let member: GuardQuestion['member'] | undefined;
    // At sites that are run by the guard it finds the member itself, and mostly knows them.
    if (options.eventual !== null || livesElsewhere) {
      member = await members.read(merchantUserKey, person, siteId, within).catch((error: unknown) => {
        log('error', 'projection.unread', describeError(error));
        return 'unread' as const;
      });
    }
    const readMs = now() - readAt;
    if (options.eventual !== null && member !== undefined) {
      const question = { ...asked, member };
      const first = await withoutGuard(question, log, within, options.eventual);
      if (first.answered !== null) {
        record(first.answered.decision);
        return { ...first.answered, memberMs: readMs, guardMs: null };
      }
      member = first.member;
    }
    const guardAskedAt = now();
    const deadlineMs = guardAskedAt + GUARD_BUDGET_MS - GUARD_RETURN_MS;
    const admitted = await within(guard.admit({ ...asked, member }, deadlineMs), GUARD_BUDGET_MS).catch(
      (error: unknown) => {
        log('error', 'guard.unreachable', describeError(error));
        return null;
      },
    );
    const waitedMs = now() - guardAskedAt;
    if (admitted !== null) {
      const { memberMs, ...answer } = admitted;
      // Clocks differ from machine to machine.
      return { ...answer, memberMs: readMs + memberMs, guardMs: Math.max(0, waitedMs - memberMs) };
    }
    const answer = unavailable();
    record(recordOf(asked, answer, now()));
    return { answer, reason: 'unavailable', site: null, memberMs: readMs, guardMs: waitedMs };
  };

  return {
    async ask(request, siteId, context) {
      const { within, end } = startBudgets();
      try {
        return await answered(request, siteId, context, within);
      } finally {
        end();
      }
    },
  };
}

function unavailable(): PermissionsAnswer {
  return { verified: false, ...withoutRelease.texts('unavailable') };
}

/** A denial the guard knows nothing of, so that the history of answers has no hole. */
function recordOf(
  question: Omit<GuardQuestion, 'member'>,
  answer: PermissionsAnswer,
  at: number,
): DecisionMessage {
  return {
    v: 1,
    id: crypto.randomUUID(),
    source: 'edge',
    sequence: null,
    at,
    requestId: question.requestId,
    siteId: question.siteId,
    zoneId: null,
    person: question.person,
    // Read as JSON, and written as JSON by the queue.
    params: question.params as JsonObject,
    effect: 'deny',
    reason: 'unavailable',
    determining: [],
    code: answer.code ?? null,
    releaseHash: null,
    memberVersion: null,
    repeatOf: null,
    inputs: {},
  };
}
