import { comparableParam, toNfc } from './comparable.ts';
import type { CompiledRule, CompiledZone, RuleList } from './compile/compiled.ts';
import type { Member } from './model.ts';
import { isOpenAt } from './schedule.ts';

/** Ids of rules about a member at the zones of a question, by how they stand at an instant. */
export interface Standings {
  readonly applies: readonly string[];
  readonly closed: readonly string[];
  readonly notInForce: readonly string[];
}

/** Looks at the rules of one effect that name the member, a group of theirs, or everyone. */
export function evaluateRules(
  zones: readonly CompiledZone[],
  effect: 'forbids' | 'permits',
  member: Member,
  groups: readonly string[],
  instantMs: number,
): Standings {
  const found: Found = { applies: [], closed: [], notInForce: [], lists: 0, mayRepeat: false };
  for (const zone of zones) {
    const { everyone, byMember, byGroup } = zone[effect];
    evaluate(everyone, member, groups, instantMs, found);
    evaluate(byMember.get(toNfc(member.merchantUserKey)), member, groups, instantMs, found);
    if (byGroup.size === 0) continue;
    for (const group of groups) evaluate(byGroup.get(group), member, groups, instantMs, found);
  }
  // Within one list a rule stands once.
  const repeats = found.mayRepeat && found.lists > 1;
  return {
    applies: together(found.applies, repeats),
    closed: together(found.closed, repeats),
    notInForce: together(found.notInForce, repeats),
  };
}

type Ids = readonly string[];

/** Ids as they are found, bundle by bundle. */
interface Found {
  readonly applies: Ids[];
  readonly closed: Ids[];
  readonly notInForce: Ids[];
  lists: number;
  mayRepeat: boolean;
}

function evaluate(
  list: RuleList | undefined,
  member: Member,
  groups: readonly string[],
  instantMs: number,
  found: Found,
): void {
  if (list === undefined) return;
  found.lists += 1;
  for (const bundle of list.bundles) {
    if (bundle.mayRepeat) found.mayRepeat = true;
    standingOf(bundle, instantMs, found).push(bundle.ids);
  }
  for (const rule of list.single) {
    if (!isAbout(rule, member, groups)) continue;
    if (rule.mayRepeat) found.mayRepeat = true;
    standingOf(rule, instantMs, found).push(rule.ids);
  }
}

/** Where rules of this time belong at an instant. */
function standingOf(
  { schedule, fromMs, untilMs }: Pick<CompiledRule, 'schedule' | 'fromMs' | 'untilMs'>,
  instantMs: number,
  found: Found,
): Ids[] {
  if (instantMs < fromMs || instantMs >= untilMs) return found.notInForce;
  return schedule === null || isOpenAt(schedule, instantMs) ? found.applies : found.closed;
}

const NONE: Ids = [];

/** Joined in one array of the right length: a door with dozens of rules has no time for growing one. */
function together(bundles: readonly Ids[], repeats: boolean): Ids {
  const [first, second] = bundles;
  if (first === undefined) return NONE;
  if (second === undefined) return first;
  if (repeats) return [...new Set(bundles.flat())];
  let length = 0;
  for (const ids of bundles) length += ids.length;
  const all = new Array<string>(length);
  let position = 0;
  for (const ids of bundles) {
    for (const id of ids) {
      all[position] = id;
      position += 1;
    }
  }
  return all;
}

/** Tags and exceptions; that a group or the member is named is known from where the rule was found. */
export function isAbout(rule: CompiledRule, member: Member, groups: readonly string[]): boolean {
  for (const { key, values } of rule.tags) {
    const text = comparableParam(member.tags, key);
    if (text === undefined || !values.has(text)) return false;
  }
  for (const group of rule.exceptGroups) if (groups.includes(group)) return false;
  return !rule.exceptMembers.has(toNfc(member.merchantUserKey));
}

/** Calls `visit` for every rule of these zones that names the member, a group of theirs, or everyone. */
export function visitRules(
  zones: readonly CompiledZone[],
  member: Member,
  groups: readonly string[],
  visit: (rule: CompiledRule) => void,
): void {
  const visitAll = (list: RuleList | undefined): void => {
    for (const bundle of list?.bundles ?? []) for (const rule of bundle.rules) visit(rule);
    for (const rule of list?.single ?? []) visit(rule);
  };
  for (const zone of zones) {
    for (const { everyone, byMember, byGroup } of [zone.forbids, zone.permits]) {
      visitAll(everyone);
      visitAll(byMember.get(toNfc(member.merchantUserKey)));
      for (const group of groups) visitAll(byGroup.get(group));
    }
  }
}
