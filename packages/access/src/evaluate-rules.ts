import { comparableParam, toNfc } from './comparable.ts';
import type { CompiledRule, CompiledZone, RuleScope } from './compile/compiled.ts';
import { type CompiledTag, isFulfilledBy, NO_VALUE } from './compile/tags.ts';
import type { Member } from './model.ts';
import { type RuleList, type Standing, standingsAt } from './rule-list.ts';

/** Whom a question is about. */
export interface Subject {
  /** Tells what was worked out for this subject from what was for another. */
  readonly number: number;
  readonly member: Member;
  /** With everything above them. */
  readonly groups: readonly string[];
  /** In NFC. */
  readonly key: string;
}

let subjects = 0;

export function withGroups(member: Member, groups: readonly string[]): Subject {
  subjects += 1;
  return { number: subjects, member, groups, key: toNfc(member.merchantUserKey) };
}

/** The rules of one effect that name the member, a group of theirs, or everyone; a rule may stand in several lists. */
export function listsAbout(
  zones: readonly CompiledZone[],
  effect: 'forbids' | 'permits',
  { key, groups }: Subject,
): readonly RuleList[] {
  const lists: RuleList[] = [];
  const add = (list: RuleList | undefined): void => {
    if (list !== undefined && list.rules.length > 0) lists.push(list);
  };
  for (const scope of scopesOf(zones)) {
    const { everyone, byMember, byGroup } = scope[effect];
    add(everyone);
    if (byMember.size > 0) add(byMember.get(key));
    if (byGroup.size > 0) for (const group of groups) add(byGroup.get(group));
  }
  return lists;
}

/** Searches are numbered, so that a rule met twice in one is told from one met in another. */
let searches = 0;

/** Ids of the rules in these lists that are about a member and stand so at an instant, each once. */
export function idsStanding(
  lists: readonly RuleList[],
  standing: Standing,
  subject: Subject,
  instantMs: number,
): readonly string[] {
  searches += 1;
  let most = 0;
  for (const list of lists) most += standingsAt(list, instantMs).by[standing].length;
  // Of the right length from the start: a door with dozens of rules has no time for growing it.
  const ids = new Array<string>(most);
  let found = 0;
  for (const list of lists) {
    for (const rule of list.last.by[standing]) {
      if (rule.metIn === searches) continue;
      rule.metIn = searches;
      if (!concerns(rule, subject)) continue;
      ids[found] = rule.id;
      found += 1;
    }
  }
  return found === most ? ids : ids.slice(0, found);
}

/** That a group or the member is named is known from where the rule was found; the rest is looked at here. */
function concerns({ narrowing }: CompiledRule, subject: Subject): boolean {
  if (narrowing === null) return true;
  const { tags, exceptGroups, exceptMembers } = narrowing;
  for (const condition of tags) {
    if (!isFulfilledBy(condition, tagValue(condition.tag, subject))) return false;
  }
  for (const group of exceptGroups) if (subject.groups.includes(group)) return false;
  return exceptMembers.size === 0 || !exceptMembers.has(subject.key);
}

/** The number of a member's value, worked out once however many rules ask for it. */
function tagValue(tag: CompiledTag, subject: Subject): number {
  const { last } = tag;
  if (last.subject !== subject.number) {
    const text = comparableParam(subject.member.tags, tag.name);
    last.value = text === undefined ? NO_VALUE : (tag.numbers.get(text) ?? NO_VALUE);
    last.subject = subject.number;
  }
  return last.value;
}

/** Whether a rule that names a member, a group of theirs, or everyone is about them by its tags and exceptions too. */
export function isAbout(rule: CompiledRule, member: Member, groups: readonly string[]): boolean {
  return concerns(rule, withGroups(member, groups));
}

/** The scopes of several zones, each once. */
function scopesOf(zones: readonly CompiledZone[]): readonly RuleScope[] {
  const [first, second] = zones;
  if (first === undefined) return [];
  if (second === undefined) return first.scopes;
  return [...new Set(zones.flatMap(({ scopes }) => scopes))];
}

/** All rules of these zones, each once, by id. */
export function rulesOf(zones: readonly CompiledZone[]): readonly CompiledRule[] {
  const rules = new Set(scopesOf(zones).flatMap((scope) => scope.rules));
  return [...rules].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Calls `visit` for every rule of these zones that names the member, a group of theirs, or everyone. */
export function visitRules(
  zones: readonly CompiledZone[],
  member: Member,
  groups: readonly string[],
  visit: (rule: CompiledRule) => void,
): void {
  const subject = withGroups(member, groups);
  for (const effect of ['forbids', 'permits'] as const) {
    for (const list of listsAbout(zones, effect, subject)) for (const rule of list.rules) visit(rule);
  }
}
