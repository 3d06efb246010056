import { comparableParam, toNfc } from '../comparable.ts';
import type { CompiledRelease, CompiledRule } from '../compile/compiled.ts';
import type { Member } from '../model.ts';
import { type CompiledSchedule, isOpenAt } from '../schedule.ts';
import { nextOpeningMs } from './schedule-changes.ts';

/** One thing that keeps a rule from applying to a member at an instant. */
export type Miss =
  /** The member is in none of the groups named, and not named either. */
  | { readonly kind: 'group'; readonly anyOf: readonly string[] }
  /** Only members are named, and this one is not among them. */
  | { readonly kind: 'member' }
  | { readonly kind: 'tag'; readonly tag: string; readonly anyOf: readonly string[] }
  | { readonly kind: 'excepted'; readonly groups: readonly string[] }
  | { readonly kind: 'closed'; readonly scheduleId: string; readonly opensMs: number | null }
  | { readonly kind: 'not_yet'; readonly fromMs: number }
  | { readonly kind: 'over'; readonly untilMs: number };

/** A rule of the zones asked about, and what keeps it from applying: nothing when it applies. */
export interface RuleTrace {
  readonly ruleId: string;
  readonly effect: 'permit' | 'forbid';
  readonly misses: readonly Miss[];
}

/** When a schedule opens next. */
export type NextOpening = (schedule: CompiledSchedule, instantMs: number) => number | null;

/** Works the next opening of a schedule out once, however many rules share it. For one instant. */
export function rememberOpenings(): NextOpening {
  const known = new Map<CompiledSchedule, number | null>();
  return (schedule, instantMs) => {
    const before = known.get(schedule);
    if (before !== undefined) return before;
    const opensMs = nextOpeningMs(schedule, instantMs);
    known.set(schedule, opensMs);
    return opensMs;
  };
}

/** Compares a rule with a member, condition by condition. */
export function traceRule(
  compiled: CompiledRelease,
  rule: CompiledRule,
  member: Member,
  groups: readonly string[],
  instantMs: number,
  nextOpening: NextOpening = nextOpeningMs,
): RuleTrace {
  const who = compiled.rules.get(rule.id)?.who;
  const misses: Miss[] = [];
  const memberKey = toNfc(member.merchantUserKey);
  const named = who?.members?.includes(memberKey) ?? false;
  if (who?.groups !== undefined) {
    const inGroup = who.groups.some((group) => groups.includes(group));
    if (!inGroup && !named) misses.push({ kind: 'group', anyOf: who.groups });
  } else if (who?.members !== undefined && !named) {
    misses.push({ kind: 'member' });
  }
  for (const [tag, anyOf] of Object.entries(who?.tags ?? {})) {
    const text = comparableParam(member.tags, tag);
    if (text === undefined || !anyOf.includes(text)) misses.push({ kind: 'tag', tag, anyOf });
  }
  const excepting = who?.except?.groups.filter((group) => groups.includes(group)) ?? [];
  if (excepting.length > 0 || who?.except?.members.includes(memberKey)) {
    misses.push({ kind: 'excepted', groups: excepting });
  }
  if (instantMs < rule.fromMs) misses.push({ kind: 'not_yet', fromMs: rule.fromMs });
  if (instantMs >= rule.untilMs) misses.push({ kind: 'over', untilMs: rule.untilMs });
  if (rule.schedule !== null && !isOpenAt(rule.schedule, instantMs)) {
    const opensMs = nextOpening(rule.schedule, instantMs);
    misses.push({ kind: 'closed', scheduleId: rule.schedule.id, opensMs });
  }
  return { ruleId: rule.id, effect: rule.effect, misses };
}
