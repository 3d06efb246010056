import { admit } from '../admit.ts';
import type { CompiledRelease, CompiledRule, CompiledZone } from '../compile/compiled.ts';
import { decide, type Verdict } from '../decide.ts';
import { rulesOf } from '../evaluate-rules.ts';
import type { GuardView } from '../guard-view.ts';
import { matchZones } from '../match-zones.ts';
import type { Member, Question } from '../model.ts';
import type { Reason } from '../reasons.ts';
import { isOpenAt } from '../schedule.ts';
import { traceRule } from './rule-misses.ts';

/** One change that an operator could make. */
export type Step =
  | { readonly kind: 'register' }
  | { readonly kind: 'activate' }
  | { readonly kind: 'change_validity' }
  | { readonly kind: 'join_group'; readonly group: string }
  | { readonly kind: 'leave_group'; readonly group: string }
  | { readonly kind: 'set_tag'; readonly tag: string; readonly value: string }
  | { readonly kind: 'clear_tag'; readonly tag: string }
  | { readonly kind: 'give_pass'; readonly zone: string }
  | { readonly kind: 'end_mode'; readonly siteId: string }
  | { readonly kind: 'lift_deny'; readonly id: string }
  | { readonly kind: 'mark_outside' }
  | { readonly kind: 'mark_inside' }
  | { readonly kind: 'first_person_comes' }
  | { readonly kind: 'second_person_asks' }
  | { readonly kind: 'somebody_leaves' };

/** Changes that together would have turned the denial into a permit at the same instant. */
export type Remedy = readonly Step[];

interface Situation {
  readonly member: Member | null;
  readonly view: GuardView | null;
}

/** More changes than this at once are no remedy any more. */
const MOST_STEPS = 4;
/** Keeps an explanation within a millisecond in large releases; what is found is right, not always all. */
const MOST_TRIALS = 150;
/** Of the rules that could permit, those that miss least are looked at. */
const MOST_RULES = 12;
const MOST_REMEDIES = 8;

/**
 * The smallest sets of changes that would let somebody in now. Each was tried: the question, asked again in the
 * changed situation, is permitted.
 */
export function findRemedies(
  compiled: CompiledRelease,
  member: Member | null,
  question: Question,
  instantMs: number,
  view: GuardView | null,
): readonly Remedy[] {
  const match = matchZones(compiled.zones, question);
  if ('problem' in match) return [];
  let trials = 0;
  const judge = ({
    member: who,
    view: state,
  }: Situation): { permitted: boolean; verdict: Verdict; reason: Reason } => {
    trials += 1;
    const verdict = decide(compiled, who, question, instantMs);
    if (state === null) return { permitted: verdict.effect === 'permit', verdict, reason: verdict.reason };
    const { decision } = admit(compiled, verdict, question, who, state, instantMs);
    return { permitted: decision.effect === 'permit', verdict, reason: decision.reason };
  };

  let frontier: { readonly steps: Remedy; readonly situation: Situation }[] = [
    { steps: [], situation: { member, view } },
  ];
  const seen = new Set<string>();
  for (let size = 0; size <= MOST_STEPS; size += 1) {
    const found: Remedy[] = [];
    const next: typeof frontier = [];
    for (const { steps, situation } of frontier) {
      if (trials >= MOST_TRIALS) break;
      const { permitted, verdict, reason } = judge(situation);
      if (permitted) {
        found.push(steps);
        continue;
      }
      const context = { compiled, zones: match.zones, verdict, reason, question, instantMs };
      for (const step of stepsAgainst(context, situation)) {
        const together = [...steps, step];
        const key = textOf(together);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push({ steps: together, situation: take(step, situation, question) });
      }
    }
    if (found.length > 0) {
      const permits = (steps: Remedy): boolean =>
        judge(steps.reduce((situation, step) => take(step, situation, question), { member, view })).permitted;
      return size === 0 ? [] : smallest(found.slice(0, MOST_REMEDIES), permits);
    }
    frontier = next;
  }
  return [];
}

/** Without steps that a later one made needless; of what is left, those with the fewest. */
function smallest(found: readonly Remedy[], permits: (steps: Remedy) => boolean): readonly Remedy[] {
  const needed = found.map((steps) => withoutNeedless(steps, permits));
  const fewest = Math.min(...needed.map(({ length }) => length));
  const byText = new Map(needed.map((steps) => [textOf(steps), steps]));
  return [...byText.values()].filter(({ length }) => length === fewest);
}

function withoutNeedless(steps: Remedy, permits: (steps: Remedy) => boolean): Remedy {
  for (const position of steps.keys()) {
    const fewer = steps.toSpliced(position, 1);
    if (fewer.length > 0 && permits(fewer)) return withoutNeedless(fewer, permits);
  }
  return steps;
}

/** The same for the same steps in another order. */
function textOf(steps: Remedy): string {
  return steps
    .map((each) => JSON.stringify(each))
    .sort()
    .join();
}

interface Context {
  readonly compiled: CompiledRelease;
  readonly zones: readonly CompiledZone[];
  readonly verdict: Verdict;
  readonly reason: Reason;
  readonly question: Question;
  readonly instantMs: number;
}

/** Changes that speak to the reason a situation is denied for. */
function stepsAgainst(context: Context, { member, view }: Situation): readonly Step[] {
  const { compiled, verdict, reason } = context;
  switch (reason) {
    case 'site_lockdown':
    case 'site_evacuation':
      return verdict.siteId === null ? [] : [{ kind: 'end_mode', siteId: verdict.siteId }];
    case 'unknown_member':
      return [{ kind: 'register' }];
    case 'member_suspended':
      return [{ kind: 'activate' }];
    case 'deny_listed':
      return (view?.denies ?? []).map(({ id }) => ({ kind: 'lift_deny', id }));
    case 'not_yet_valid':
    case 'expired':
      return [{ kind: 'change_validity' }];
    case 'forbidden':
      return member === null ? [] : stepsAgainstForbid(compiled, verdict, member);
    case 'no_grant':
    case 'closed_now':
    case 'grant_not_in_force':
    case 'quota_spent':
    case 'pass_used_up':
      return [...stepsTowardsPermit(context, member), ...passFor(verdict, view)];
    case 'anti_passback':
      return [{ kind: verdict.direction === 'in' ? 'mark_outside' : 'mark_inside' }];
    case 'first_person_needed':
      return [{ kind: 'first_person_comes' }];
    case 'second_person_needed':
      return [{ kind: 'second_person_asks' }];
    case 'area_full':
      return [{ kind: 'somebody_leaves' }];
    default:
      return [];
  }
}

function passFor({ zoneId }: Verdict, view: GuardView | null): readonly Step[] {
  return zoneId === null || view === null ? [] : [{ kind: 'give_pass', zone: zoneId }];
}

/** Ways out of the first forbid that applies: what makes it name the member, or a group it excepts. */
function stepsAgainstForbid(compiled: CompiledRelease, verdict: Verdict, member: Member): readonly Step[] {
  const rule = compiled.rules.get(verdict.ruleIds[0] ?? '');
  if (rule === undefined) return [];
  const { groups = [], tags = {}, except } = rule.who;
  const naming = member.groups.filter((group) =>
    (compiled.groups.get(group) ?? [group]).some((each) => groups.includes(each)),
  );
  return [
    ...Object.keys(tags).map((tag): Step => ({ kind: 'clear_tag', tag })),
    ...naming.map((group): Step => ({ kind: 'leave_group', group })),
    ...(except?.groups ?? []).map((group): Step => ({ kind: 'join_group', group })),
  ];
}

/** What the permit rules that miss least are missing, as far as it is not time. */
function stepsTowardsPermit(context: Context, member: Member | null): readonly Step[] {
  if (member === null) return [{ kind: 'register' }];
  const { compiled, zones, verdict, instantMs } = context;
  const traces = rulesOf(zones)
    .filter((rule) => rule.effect === 'permit' && isTime(rule, instantMs))
    .map((rule) => traceRule(compiled, rule, member, verdict.groups, instantMs))
    .filter(({ misses }) => misses.length > 0 && misses.every(({ kind }) => CHANGEABLE.has(kind)))
    .sort((a, b) => a.misses.length - b.misses.length || (a.ruleId < b.ruleId ? -1 : 1))
    .slice(0, MOST_RULES);
  // All that is missing, not the first only: a change of tags can also lead past a forbid.
  const misses = traces.flatMap((trace) => trace.misses);
  return misses.flatMap((miss): Step[] => {
    if (miss.kind === 'group') return miss.anyOf.map((group) => ({ kind: 'join_group', group }));
    if (miss.kind === 'tag') return [{ kind: 'set_tag', tag: miss.tag, value: miss.anyOf[0] ?? '' }];
    if (miss.kind === 'excepted') return leave(compiled, member, miss.groups);
    return [];
  });
}

/** Whether a rule is in force and open: nobody can change the time. */
function isTime({ fromMs, untilMs, schedule }: CompiledRule, instantMs: number): boolean {
  return instantMs >= fromMs && instantMs < untilMs && (schedule === null || isOpenAt(schedule, instantMs));
}

const CHANGEABLE: ReadonlySet<string> = new Set(['group', 'tag', 'excepted']);

function leave(compiled: CompiledRelease, member: Member, groups: readonly string[]): Step[] {
  return member.groups
    .filter((group) => (compiled.groups.get(group) ?? [group]).some((each) => groups.includes(each)))
    .map((group) => ({ kind: 'leave_group', group }));
}

/** The situation after a change. */
function take(step: Step, { member, view }: Situation, question: Question): Situation {
  switch (step.kind) {
    case 'register':
      return { member: newcomer(question), view };
    case 'activate':
      return { member: member && { ...member, status: 'active' }, view };
    case 'change_validity':
      return { member: member && { ...member, validFrom: undefined, validUntil: undefined }, view };
    case 'join_group':
      return { member: member && { ...member, groups: [...member.groups, step.group] }, view };
    case 'leave_group':
      return {
        member: member && { ...member, groups: member.groups.filter((group) => group !== step.group) },
        view,
      };
    case 'set_tag':
      return { member: member && { ...member, tags: { ...member.tags, [step.tag]: step.value } }, view };
    case 'clear_tag': {
      const { [step.tag]: _, ...tags } = member?.tags ?? {};
      return { member: member && { ...member, tags }, view };
    }
    default:
      return { member, view: view && changeState(step, view, question) };
  }
}

function newcomer({ merchantUserKey }: Question): Member {
  return { merchantUserKey, status: 'active', groups: [], tags: {}, version: 0 };
}

function changeState(step: Step, view: GuardView, { merchantUserKey }: Question): GuardView {
  const area = view.area;
  switch (step.kind) {
    case 'end_mode':
      return { ...view, mode: null };
    case 'lift_deny':
      return { ...view, denies: view.denies.filter(({ id }) => id !== step.id) };
    case 'give_pass': {
      const pass = {
        id: 'new pass',
        merchantUserKey,
        zones: [step.zone],
        validFromMs: null,
        validUntilMs: null,
        maxUses: null,
        uses: 0,
      };
      return { ...view, passes: [...view.passes, pass] };
    }
    case 'mark_outside':
      return { ...view, area: area && { ...area, presence: null, occupancy: area.occupancy - 1 } };
    case 'mark_inside':
      return { ...view, area: area && { ...area, presence: ENTRY } };
    case 'first_person_comes':
      return { ...view, area: area && { ...area, firstPersonAtMs: Number.POSITIVE_INFINITY } };
    case 'second_person_asks':
      return { ...view, area: area && { ...area, companions: [COMPANION] } };
    case 'somebody_leaves':
      return { ...view, area: area && { ...area, occupancy: area.occupancy - 1 } };
    default:
      return view;
  }
}

// Later than any reset and never too long ago.
const ENTRY = { decisionId: '', direction: 'in', atMs: Number.POSITIVE_INFINITY } as const;
const COMPANION = { merchantUserKey: '', atMs: Number.POSITIVE_INFINITY } as const;
