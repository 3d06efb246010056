import {
  admissionKeys,
  admit,
  type Change,
  type CompiledRelease,
  type Decision,
  decide,
  type GuardView,
  type Member,
  renderMessage,
} from '@facepass-kit/access';
import { explanationKeys } from '@facepass-kit/access/analysis';
import { counterOf } from '@facepass-kit/protocol';
import { withoutRelease } from '../../services/without-release.ts';
import { type Explained, GUARD_SOURCE, type GuardAnswer, type GuardQuestion } from '../guard-port.ts';
import type { MemberVersion } from '../member-directory.ts';
import { unnamedView } from '../unnamed-view.ts';
import type { Names } from './names.ts';
import type { Outbox } from './outbox.ts';
import type { Overlay } from './overlay.ts';
import type { RuleMemory } from './rule-memory.ts';
import { youngChange } from './young-change.ts';

/** The release in force, ready for questions. */
export interface Rules {
  readonly hash: string;
  readonly compiled: CompiledRelease;
}

/** Answers questions. Nothing here waits for anything: each call is one step between two others. */
export interface Door {
  /** Decides, applies what the decision changes, and records it. */
  answer(rules: Rules | null, question: GuardQuestion, now: number): GuardAnswer;
  /** What `answer` would say now; changes and records nothing. */
  explain(rules: Rules | null, question: GuardQuestion, now: number): Explained;
}

type Known = MemberVersion | null | 'unread';

interface Judgement {
  readonly decision: Decision;
  readonly changes: readonly Change[];
  /** What it depended on, which names nobody. */
  readonly view: GuardView | null;
}

export interface DoorState {
  readonly names: Pick<Names, 'of'>;
  readonly overlay: Pick<Overlay, 'get'>;
  readonly memory: Pick<RuleMemory, 'view' | 'apply' | 'remember'>;
  readonly outbox: Pick<Outbox, 'append'>;
}

/**
 * @param atomically runs work whose writes stand or fall together (`transactionSync` of the storage)
 */
export function createDoor(state: DoorState, atomically: (work: () => void) => void): Door {
  const { names, memory, outbox } = state;
  /** The newer of what the caller read and what the guard knows of young changes. */
  const freshest = ({ person, member, livesElsewhere }: GuardQuestion): Known => {
    const young = livesElsewhere ? null : youngChange(state, person);
    if (young === null) return member;
    return member === null || member === 'unread' || member.version <= young.version ? young : member;
  };

  const judge = (rules: Rules | null, question: GuardQuestion, known: Known, now: number): Judgement => {
    const decisionId = crypto.randomUUID();
    if (rules === null)
      return { decision: withoutRelease.decision(decisionId, now), changes: [], view: null };
    const { compiled } = rules;
    const { merchantUserKey, params, person } = question;
    const asked = { merchantUserKey, params, siteId: question.siteId ?? undefined };
    const member = memberOf(known, merchantUserKey);
    const byRules = decide(compiled, member, asked, now);
    const verdict =
      known === 'unread' && byRules.effect === 'deny' && byRules.zoneId !== null
        ? { ...byRules, reason: 'unavailable' as const }
        : byRules;
    // The rules compare keys; what is remembered names people by HMAC.
    const name = names.of(person);
    const pseudonymous = { ...asked, merchantUserKey: name };
    const subject = member === null ? null : { ...member, merchantUserKey: name };
    const keys = admissionKeys(compiled, verdict, pseudonymous, subject, now);
    const view = memory.view(keys, decisionId);
    const admission = admit(compiled, verdict, pseudonymous, subject, view, now);
    return { ...admission, view: unnamedView(view, name) };
  };

  /** As the answer saw it, and what it would see once a denial is over. */
  const wholeView = (compiled: CompiledRelease, question: GuardQuestion, known: Known, now: number) => {
    const { merchantUserKey, params, siteId } = question;
    const asked = { merchantUserKey, params, siteId: siteId ?? undefined };
    const keys = explanationKeys(compiled, memberOf(known, merchantUserKey), asked, now);
    const name = names.of(question.person);
    const counters = keys.counters.map((key) => counterOf(key, name));
    return memory.view({ ...keys, merchantUserKey: name, counters }, '');
  };

  const textsOf = (rules: Rules | null, decision: Decision) =>
    rules === null ? withoutRelease.texts(decision.reason) : renderMessage(rules.compiled, decision);

  return {
    answer(rules, question, now) {
      const known = freshest(question);
      const { decision, changes, view } = judge(rules, question, known, now);
      const texts = textsOf(rules, decision);
      const member = known === 'unread' ? null : known;
      const record = {
        v: 1 as const,
        id: decision.decisionId,
        source: GUARD_SOURCE,
        at: decision.atMs,
        requestId: question.requestId,
        siteId: decision.siteId,
        zoneId: decision.zoneId,
        person: question.person,
        params: question.params,
        effect: decision.effect,
        reason: decision.reason,
        determining: decision.determining,
        code: texts.code,
        releaseHash: rules?.hash ?? null,
        memberVersion: member?.version ?? null,
        repeatOf: decision.repeatOf,
        inputs: { facts: member?.facts ?? null, flags: decision.flags, siteId: question.siteId, view },
      };
      const write = (): void => {
        memory.apply(changes);
        outbox.append(record, changes);
      };
      // The permit itself is written with its record: one statement, which needs no transaction around it.
      if (changes.every(({ kind }) => kind === 'permit')) write();
      else atomically(write);
      memory.remember(changes);
      const { reason, siteId: site } = decision;
      return { answer: { verified: decision.effect === 'permit', ...texts }, reason, site };
    },

    explain(rules, question, now) {
      const known = freshest(question);
      const { decision } = judge(rules, question, known, now);
      const { siteId } = question;
      const facts = known === 'unread' ? null : (known?.facts ?? null);
      return {
        decision,
        inputs: rules && { facts, siteId, view: wholeView(rules.compiled, question, known, now) },
        texts: textsOf(rules, decision),
        releaseHash: rules?.hash ?? null,
        memberVersion: known === 'unread' ? null : (known?.version ?? null),
      };
    },
  };
}

function memberOf(known: Known, merchantUserKey: string): Member | null {
  if (known === null || known === 'unread' || known.facts === null) return null;
  return { ...known.facts, merchantUserKey, version: known.version };
}
