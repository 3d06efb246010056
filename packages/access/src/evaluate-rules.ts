import { comparableText } from './comparable.ts';
import type { CompiledRule, CompiledZone, SubjectIndex } from './compile/compiled.ts';
import type { Member } from './model.ts';
import { isOpenAt } from './schedule.ts';

/** How a rule stands to a member at an instant. `other` is about somebody else. */
export type RuleStanding = 'applies' | 'closed' | 'not_in_force' | 'other';

export function standingOf(
  rule: CompiledRule,
  member: Member,
  groups: readonly string[],
  instantMs: number,
): RuleStanding {
  if (!isAbout(rule, member, groups)) return 'other';
  if (instantMs < rule.fromMs || instantMs >= rule.untilMs) return 'not_in_force';
  if (rule.schedule !== null && !isOpenAt(rule.schedule, instantMs)) return 'closed';
  return 'applies';
}

/** Tags and exceptions; that a group or the member is named is known from where the rule was found. */
export function isAbout(rule: CompiledRule, member: Member, groups: readonly string[]): boolean {
  for (const { key, values } of rule.tags) {
    const text = comparableText(member.tags[key]);
    if (text === undefined || !values.has(text)) return false;
  }
  for (const group of rule.exceptGroups) if (groups.includes(group)) return false;
  return !rule.exceptMembers.has(member.merchantUserKey);
}

/** Calls `visit` for every rule of these zones that names the member, a group of theirs, or everyone. */
export function visitRules(
  zones: readonly CompiledZone[],
  effect: 'forbids' | 'permits',
  member: Member,
  groups: readonly string[],
  visit: (rule: CompiledRule) => void,
): void {
  for (const zone of zones) {
    const index: SubjectIndex = zone[effect];
    for (const rule of index.everyone) visit(rule);
    for (const rule of index.byMember.get(member.merchantUserKey) ?? []) visit(rule);
    for (const group of groups) for (const rule of index.byGroup.get(group) ?? []) visit(rule);
  }
}
