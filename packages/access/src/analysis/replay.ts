import {
  type AdmissionKeys,
  admissionKeys,
  passCanHelp,
  type QuotaCounter,
  quotaCounters,
} from '../admission-keys.ts';
import { admit, type Decision, decideWithoutGuard, type StateWithoutGuard } from '../admit.ts';
import type { CompiledRelease } from '../compile/compiled.ts';
import { decide, type Verdict } from '../decide.ts';
import type { DecisionInputs, MemberFacts, RecordedGuard, RecordedState } from '../decision-inputs.ts';
import { rulesOf } from '../evaluate-rules.ts';
import type { AreaView, Pass } from '../guard-view.ts';
import { matchZones } from '../match-zones.ts';
import type { Effect, Member, Question } from '../model.ts';
import type { Reason } from '../reasons.ts';

/** A decision as it was recorded. */
export interface RecordedDecision {
  readonly id: string;
  readonly atMs: number;
  readonly effect: Effect;
  readonly reason: Reason;
  readonly params: Question['params'];
  /** The site the question named; null where it named none. */
  readonly siteId: string | null;
  /** The release in force then. */
  readonly releaseHash: string | null;
  /** null where the person is no longer known, or not to be asked for. */
  readonly merchantUserKey: string | null;
  readonly inputs: DecisionInputs | null;
}

export type NotReplayable =
  /** The release in force then is not at hand. */
  | 'release_missing'
  /** The record has no inputs. */
  | 'inputs_missing'
  /** A rule names members, and the record does not say whom it is about. */
  | 'person_unknown'
  /** The rules ask for a tag that was not recorded. */
  | 'tag_not_recorded'
  /** The rules depend on state of the guard that was not recorded. */
  | 'state_not_recorded';

export type Replay =
  | {
      readonly recorded: RecordedDecision;
      readonly outcome: 'same' | 'different';
      readonly decision: Decision;
    }
  | { readonly recorded: RecordedDecision; readonly outcome: 'not_replayable'; readonly why: NotReplayable };

/**
 * Makes recorded decisions again. Against the releases in force then, a decision that comes out differently is
 * a fault; against a draft (`() => draft`), it is what the draft would have changed.
 *
 * @param releaseOf the compiled release of a hash; undefined where it is not at hand
 */
export function replay(
  decisions: Iterable<RecordedDecision>,
  releaseOf: (releaseHash: string | null) => CompiledRelease | undefined,
): readonly Replay[] {
  return [...decisions].map((recorded) => {
    const compiled = releaseOf(recorded.releaseHash);
    const again = compiled === undefined ? 'release_missing' : decideAgain(compiled, recorded);
    if (typeof again === 'string') return { recorded, outcome: 'not_replayable', why: again };
    const isSame = again.effect === recorded.effect && again.reason === recorded.reason;
    return { recorded, outcome: isSame ? 'same' : 'different', decision: again };
  });
}

// Stands for somebody whose key is not known, where no rule names members.
const SOMEBODY = '\u0000somebody';

function decideAgain(compiled: CompiledRelease, recorded: RecordedDecision): Decision | NotReplayable {
  const { inputs, atMs } = recorded;
  if (inputs === null) return 'inputs_missing';
  const question: Question = {
    merchantUserKey: recorded.merchantUserKey ?? SOMEBODY,
    params: recorded.params,
    siteId: recorded.siteId ?? undefined,
  };
  if (inputs.member !== null) {
    const facts = inputs.member;
    if ([...compiled.tagNames].some((name) => !Object.hasOwn(facts.tags, name))) return 'tag_not_recorded';
  }
  const member = inputs.member === null ? null : memberFrom(inputs.member, question.merchantUserKey);
  const verdict = decide(compiled, member, question, atMs);
  // Of somebody unknown the rules are asked only on the way out.
  const asksRules = member !== null || verdict.direction === 'out';
  if (recorded.merchantUserKey === null && asksRules && namesMembers(compiled, question))
    return 'person_unknown';
  const { state } = inputs;
  if (verdict.siteId !== null && verdict.siteId !== state.siteId) return 'state_not_recorded';
  if (!verdict.groups.every((group) => state.groups.includes(group))) return 'state_not_recorded';
  const known = knownAnyway(verdict, question, state, recorded.id);
  if (state.guard === null) return decideWithoutGuard(compiled, verdict, question, known, atMs);
  const { guard } = state;
  const keys = admissionKeys(compiled, verdict, question, member, atMs);
  const wanted = quotaCounters(compiled, verdict, member, atMs);
  const counters = countersFrom(wanted, guard);
  const area = areaFrom(keys.area, guard);
  const needsPasses = passCanHelp(verdict) || wanted.length > 0;
  if (counters === null || area === 'unknown' || (needsPasses && !guard.asked.passes))
    return 'state_not_recorded';
  const passes = guard.passes.map((pass) => ({ ...pass, merchantUserKey: question.merchantUserKey }));
  const isRepeatKnown = knowsRepeat(keys.repeat, guard);
  // A permit of another zone is no permit to repeat at this one.
  const lastPermit = isRepeatKnown ? guard.lastPermit : null;
  const view = { ...known, lastPermit, counters, passes, area };
  const { decision } = admit(compiled, verdict, question, member, view, atMs);
  // A permit that could be repeated permits; what was permitted without one would be so with it too.
  return !isRepeatKnown && couldRepeat(verdict, decision, passes) ? 'state_not_recorded' : decision;
}

/** Whether a denial would be a permit if it had been given before: the right stands, and was spent or the door is shut. */
function couldRepeat(verdict: Verdict, { reason }: Decision, passes: readonly Pass[]): boolean {
  return TURNED_BY_REPEAT.has(reason) || (passCanHelp(verdict) && passes.length > 0);
}

/** Denials that a permit asked again would not meet. */
const TURNED_BY_REPEAT: ReadonlySet<Reason> = new Set([
  'pass_used_up',
  'quota_spent',
  'first_person_needed',
  'second_person_needed',
  'anti_passback',
  'area_full',
]);

/** Whether it is known which permit a question could repeat: the last one at this very zone, or that there was none. */
function knowsRepeat(
  wanted: AdmissionKeys['repeat'],
  { asked: { repeat }, lastPermit }: RecordedGuard,
): boolean {
  if (wanted === null) return true;
  if (repeat?.zoneId !== wanted.zoneId) return false;
  return lastPermit !== null || repeat.sinceMs <= wanted.sinceMs;
}

function namesMembers(compiled: CompiledRelease, question: Question): boolean {
  const match = matchZones(compiled.zones, question);
  if ('problem' in match) return false;
  return rulesOf(match.zones).some((rule) => {
    const who = compiled.rules.get(rule.id)?.who;
    return who?.members !== undefined || (who?.except?.members.length ?? 0) > 0;
  });
}

function memberFrom({ tags, validFrom, validUntil, locale, ...facts }: MemberFacts, key: string): Member {
  return {
    status: facts.status,
    groups: [...facts.groups],
    merchantUserKey: key,
    validFrom: validFrom ?? undefined,
    validUntil: validUntil ?? undefined,
    locale: locale ?? undefined,
    tags: Object.fromEntries(
      Object.entries(tags).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
    version: 0,
  };
}

/** What is known with or without a guard. */
function knownAnyway(
  { siteId }: Verdict,
  { merchantUserKey }: Question,
  { mode, denies }: RecordedState,
  decisionId: string,
): StateWithoutGuard {
  return {
    decisionId,
    mode: mode === null || siteId === null ? null : { ...mode, siteId },
    denies: denies.map(({ group, ...entry }) => ({
      ...entry,
      subject: group === null ? { kind: 'member', merchantUserKey } : { kind: 'group', group },
    })),
  };
}

/** The counters of this release from what was counted then; null where another rule, period or clock was. */
function countersFrom(
  wanted: readonly QuotaCounter[],
  { counted }: RecordedGuard,
): Record<string, number> | null {
  const counters: Record<string, number> = {};
  for (const { key, ruleId, period, sinceMs } of wanted) {
    const known = Object.hasOwn(counted, ruleId) ? counted[ruleId] : undefined;
    if (known?.period !== period || known.sinceMs !== sinceMs) return null;
    counters[key] = known.count;
  }
  return counters;
}

/** The area as it was recorded, where this release asks for the same of it. */
function areaFrom(
  wanted: AdmissionKeys['area'],
  { asked, area }: RecordedGuard,
): AreaView | null | 'unknown' {
  if (wanted === null) return null;
  if (area === null || asked.area?.areaId !== wanted.areaId) return 'unknown';
  // People counted since another reset are other people.
  if (asked.area.sinceMs !== wanted.sinceMs) return 'unknown';
  const { companionsSinceMs } = asked.area;
  const knowsCompanions =
    wanted.companionsSinceMs === null ||
    (companionsSinceMs !== null && companionsSinceMs <= wanted.companionsSinceMs);
  if (!knowsCompanions) return 'unknown';
  const { companionsAtMs, ...rest } = area;
  return {
    ...rest,
    companions: companionsAtMs.map((atMs, position) => ({ merchantUserKey: `companion ${position}`, atMs })),
  };
}
