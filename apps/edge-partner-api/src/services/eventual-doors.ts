import {
  type CompiledRelease,
  compile,
  type Decision,
  decide,
  decideWithoutGuard,
  type Member,
  renderMessage,
  type StateWithoutGuard,
  type Verdict,
} from '@facepass-kit/access';
import type { DecisionMessage, JsonObject, PersonReference } from '@facepass-kit/protocol';
import type { DoorNotice, DoorNotices } from '../store/door-notice.ts';
import type { GuardAnswer, GuardQuestion } from '../store/guard-port.ts';
import type { MemberVersion } from '../store/member-directory.ts';
import type { ReleaseStore } from '../store/release-store.ts';
import { unnamedState } from '../store/unnamed-view.ts';

/** An answer given without the guard, and the decision to be recorded. */
export interface EventualAnswer extends GuardAnswer {
  readonly decision: DecisionMessage;
}

/**
 * Doors of sites that are run without the guard: an answer from KV alone, with KV's lag, and no rule that needs
 * memory. Null where the question is not about such a site, or the rules cannot be had: the guard is asked then.
 */
export interface EventualDoors {
  answer(question: GuardQuestion): Promise<EventualAnswer | null>;
  /**
   * For a guard that is asked since KV cannot be read: the member as last known, where the site allows that, and
   * otherwise what was read.
   */
  memberFor(question: GuardQuestion): GuardQuestion['member'];
}

export interface EventualDoorsOptions {
  readonly siteIds: ReadonlySet<string>;
  readonly notices: DoorNotices;
  readonly releases: ReleaseStore;
  readonly now?: () => number;
}

/** The notice is read again after this time; until then a lockdown may go unnoticed, on top of KV's own lag. */
const NOTICE_FRESH_MS = 10_000;
/** Members remembered for `lastKnown`. */
const MEMBERS_KEPT = 10_000;

export function createEventualDoors(options: EventualDoorsOptions): EventualDoors {
  const { siteIds, notices, releases, now = () => Date.now() } = options;
  const lastKnown = new Map<string, { readonly member: MemberVersion | null; readonly at: number }>();
  let notice: { readonly value: DoorNotice; readonly readAt: number } | undefined;
  let rules: { readonly hash: string; readonly compiled: CompiledRelease } | undefined;

  const currentNotice = async (): Promise<DoorNotice | null> => {
    if (notice !== undefined && now() - notice.readAt < NOTICE_FRESH_MS) return notice.value;
    const value = await notices.read();
    if (value !== null) notice = { value, readAt: now() };
    return value;
  };

  const rulesOf = async ({ hash }: DoorNotice): Promise<CompiledRelease | null> => {
    if (rules?.hash === hash) return rules.compiled;
    const body = await releases.get(hash);
    if (body === null) return null;
    rules = { hash, compiled: compile(JSON.parse(body)) };
    return rules.compiled;
  };

  const askedOf = ({ merchantUserKey, params, siteId }: GuardQuestion) => ({
    merchantUserKey,
    params,
    siteId: siteId ?? undefined,
  });

  /** The site of a question, where it is run without the guard. */
  const eventualSite = (compiled: CompiledRelease, question: GuardQuestion, at: number): string | null => {
    const { siteId } = decide(compiled, null, askedOf(question), at);
    return siteId !== null && siteIds.has(siteId) ? siteId : null;
  };

  /** The member as read, or as last known where reading failed and the site allows it. */
  const memberAt = (
    compiled: CompiledRelease,
    siteId: string,
    { person, member }: GuardQuestion,
  ): GuardQuestion['member'] => {
    const onError = compiled.sites.get(siteId)?.site.onError ?? 'deny';
    const maxAgeMs = onError === 'deny' ? 0 : onError.lastKnown.maxAgeSeconds * 1000;
    if (member !== 'unread') {
      const [oldest] = lastKnown.size < MEMBERS_KEPT ? [] : lastKnown.keys();
      if (oldest !== undefined) lastKnown.delete(oldest);
      lastKnown.set(person.hmac, { member, at: now() });
      return member;
    }
    const known = lastKnown.get(person.hmac);
    return known !== undefined && now() - known.at <= maxAgeMs ? known.member : 'unread';
  };

  return {
    memberFor(question) {
      const siteId = rules === undefined ? null : eventualSite(rules.compiled, question, now());
      return rules === undefined || siteId === null
        ? question.member
        : memberAt(rules.compiled, siteId, question);
    },

    async answer(question) {
      const shut = await currentNotice();
      const compiled = shut === null ? null : await rulesOf(shut);
      if (shut === null || compiled === null) return null;
      const at = now();
      const asked = askedOf(question);
      const siteId = eventualSite(compiled, question, at);
      if (siteId === null) return null;
      const known = memberAt(compiled, siteId, question);
      const member = known === 'unread' ? null : toMember(known, asked.merchantUserKey);
      const byRules = decide(compiled, member, asked, at);
      const verdict =
        known === 'unread'
          ? { ...byRules, effect: 'deny' as const, reason: 'unavailable' as const }
          : byRules;
      const { hmac } = question.person;
      const state = stateOf(verdict, shut, question.person);
      const pseudonymous = { merchantUserKey: hmac, params: {} };
      const decision = decideWithoutGuard(compiled, verdict, pseudonymous, state, at);
      const texts = renderMessage(compiled, decision);
      return {
        answer: { verified: decision.effect === 'permit', ...texts },
        reason: decision.reason,
        site: decision.siteId,
        decision: record(
          question,
          decision,
          known === 'unread' ? null : known,
          shut.hash,
          texts.code,
          unnamedState(about(hmac, verdict, state)),
        ),
      };
    },
  };
}

/** The modes and denies that KV shows: while the pepper is being changed, entries about the person under either name. */
function stateOf(
  { siteId }: Verdict,
  { modes, denies }: DoorNotice,
  { hmac, former }: PersonReference,
): StateWithoutGuard {
  const mode = modes.find((mode) => mode.siteId === siteId) ?? null;
  const named = denies.map((entry) =>
    entry.subject.kind === 'member' && entry.subject.merchantUserKey === former
      ? { ...entry, subject: { ...entry.subject, merchantUserKey: hmac } }
      : entry,
  );
  return { decisionId: crypto.randomUUID(), mode, denies: named };
}

/** What of it is about one person: entries about others are none of this decision's. */
function about(person: string, { groups }: Verdict, state: StateWithoutGuard): StateWithoutGuard {
  return {
    ...state,
    denies: state.denies.filter(({ subject }) =>
      subject.kind === 'group'
        ? groups.includes(subject.group.normalize('NFC'))
        : subject.merchantUserKey === person,
    ),
  };
}

function toMember(known: MemberVersion | null, merchantUserKey: string): Member | null {
  return known === null || known.facts === null
    ? null
    : { ...known.facts, merchantUserKey, version: known.version };
}

function record(
  question: GuardQuestion,
  decision: Decision,
  member: MemberVersion | null,
  releaseHash: string,
  code: string | null,
  view: StateWithoutGuard,
): DecisionMessage {
  return {
    v: 1,
    id: decision.decisionId,
    source: 'eventual',
    sequence: null,
    at: decision.atMs,
    requestId: question.requestId,
    siteId: decision.siteId,
    zoneId: decision.zoneId,
    person: question.person,
    // Read as JSON, and written as JSON by the queue: nothing here needs to look at them.
    params: question.params as JsonObject,
    effect: decision.effect,
    reason: decision.reason,
    determining: [...decision.determining],
    code,
    releaseHash,
    memberVersion: member?.version ?? null,
    repeatOf: null,
    // Plain values. What is undefined among them is left out where it is written as JSON.
    inputs: { facts: member?.facts ?? null, siteId: question.siteId, view } as unknown as JsonObject,
  };
}
