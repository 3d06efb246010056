import { admit, type Decision } from '../admit.ts';
import type { CompiledRelease } from '../compile/compiled.ts';
import { decide, subjectOf, type Verdict } from '../decide.ts';
import { rulesOf } from '../evaluate-rules.ts';
import type { GuardView } from '../guard-view.ts';
import { matchZones } from '../match-zones.ts';
import type { Effect, Member, Question } from '../model.ts';
import type { Reason } from '../reasons.ts';
import { nextPermittedMs } from './next-permitted.ts';
import { findRemedies, type Remedy } from './remedies.ts';
import { type RuleTrace, rememberOpenings, traceRule } from './rule-misses.ts';

/** The checks a question goes through, in order. */
export const CHECKS = [
  'zone',
  'mode',
  'member',
  'deny_entries',
  'validity',
  'forbid',
  'permit',
  'quota',
  'first_and_second_person',
  'anti_passback',
  'occupancy',
] as const;
export type Check = (typeof CHECKS)[number];

/** `unknown` stands for checks that need the guard's state where none was given. */
export interface CheckResult {
  readonly check: Check;
  readonly result: 'passed' | 'stopped' | 'not_reached' | 'unknown';
}

export interface Explanation {
  readonly effect: Effect;
  readonly reason: Reason;
  readonly verdict: Verdict;
  /** The full decision; null where no state of the guard was given. */
  readonly decision: Decision | null;
  readonly checks: readonly CheckResult[];
  /** Every rule that names one of the zones, with what keeps it from applying. */
  readonly rules: readonly RuleTrace[];
  /** Of a denial for want of a permit: the permit rule that misses least. */
  readonly nearestMiss: RuleTrace | null;
  /** The smallest changes that would have let the person in at the same instant; empty for a permit. */
  readonly remedies: readonly Remedy[];
  /**
   * When the same question will be permitted if nothing but time changes: at once for a permit, also one that is
   * asked again; null when not within 400 days.
   */
  readonly nextPermittedMs: number | null;
}

/**
 * Why a question is answered as it is, and what would let the person in. Not for the hot path.
 *
 * @param view the guard's state as it was for this question (what `explanationKeys` names); without it only the rules
 * are explained
 */
export function explain(
  compiled: CompiledRelease,
  member: Member | null,
  question: Question,
  instantMs: number,
  view: GuardView | null = null,
): Explanation {
  const verdict = decide(compiled, member, question, instantMs);
  const decision =
    view === null ? null : admit(compiled, verdict, question, member, view, instantMs).decision;
  const { effect, reason } = decision ?? verdict;
  const rules = traceRules(compiled, member, question, verdict, instantMs);
  return {
    effect,
    reason,
    verdict,
    decision,
    checks: checksUpTo(reason, effect, view !== null),
    rules,
    nearestMiss: WANT_OF_PERMIT.has(reason) ? nearest(rules) : null,
    remedies: findRemedies(compiled, member, question, instantMs, view),
    nextPermittedMs:
      effect === 'permit' ? instantMs : nextPermittedMs(compiled, member, question, instantMs, view),
  };
}

function traceRules(
  compiled: CompiledRelease,
  member: Member | null,
  question: Question,
  verdict: Verdict,
  instantMs: number,
): readonly RuleTrace[] {
  const match = matchZones(compiled.zones, question);
  // Of somebody unknown the rules are asked only on the way out.
  if ('problem' in match || (member === null && verdict.direction === 'in')) return [];
  const subject = subjectOf(member, question);
  const openings = rememberOpenings();
  return rulesOf(match.zones).map((rule) =>
    traceRule(compiled, rule, subject, verdict.groups, instantMs, openings),
  );
}

const WANT_OF_PERMIT: ReadonlySet<Reason> = new Set(['no_grant', 'closed_now', 'grant_not_in_force']);

/** The permit with the fewest misses; of those that only wait for time, the one that waits least; then by id. */
function nearest(rules: readonly RuleTrace[]): RuleTrace | null {
  const permits = rules.filter(({ effect }) => effect === 'permit');
  const [first] = permits.sort(
    (a, b) => a.misses.length - b.misses.length || waitOf(a) - waitOf(b) || (a.ruleId < b.ruleId ? -1 : 1),
  );
  return first ?? null;
}

/** Whether a rule waits for nothing but its time counts for more than how long. */
function waitOf({ misses }: RuleTrace): number {
  return Math.max(
    0,
    ...misses.map((miss) => {
      if (miss.kind === 'closed') return miss.opensMs ?? Number.MAX_VALUE;
      return miss.kind === 'not_yet' ? miss.fromMs : Number.MAX_VALUE;
    }),
  );
}

const CHECK_OF_REASON: Readonly<Partial<Record<Reason, Check>>> = {
  no_zone: 'zone',
  ambiguous_zone: 'zone',
  site_lockdown: 'mode',
  site_evacuation: 'mode',
  unknown_member: 'member',
  member_suspended: 'member',
  deny_listed: 'deny_entries',
  not_yet_valid: 'validity',
  expired: 'validity',
  forbidden: 'forbid',
  no_grant: 'permit',
  grant_not_in_force: 'permit',
  closed_now: 'permit',
  pass_used_up: 'permit',
  quota_spent: 'quota',
  first_person_needed: 'first_and_second_person',
  second_person_needed: 'first_and_second_person',
  anti_passback: 'anti_passback',
  area_full: 'occupancy',
};

const NEEDS_STATE: ReadonlySet<Check> = new Set([
  'mode',
  'deny_entries',
  'quota',
  'first_and_second_person',
  'anti_passback',
  'occupancy',
]);

function checksUpTo(reason: Reason, effect: Effect, hasState: boolean): readonly CheckResult[] {
  const stoppedAt = effect === 'deny' ? CHECK_OF_REASON[reason] : undefined;
  // An evacuation opens the way out before anything else is looked at.
  const lastAt = stoppedAt ?? (reason === 'evacuation_exit' ? 'mode' : 'occupancy');
  const last = CHECKS.indexOf(lastAt);
  return CHECKS.map((check, position) => {
    if (position > last) return { check, result: 'not_reached' };
    if (check === stoppedAt) return { check, result: 'stopped' };
    return { check, result: !hasState && NEEDS_STATE.has(check) ? 'unknown' : 'passed' };
  });
}
