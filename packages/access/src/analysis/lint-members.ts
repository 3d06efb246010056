import type { CompiledRelease, CompiledRule, CompiledZone } from '../compile/compiled.ts';
import { expandGroups } from '../compile/groups.ts';
import { isAbout, visitRules } from '../evaluate-rules.ts';
import type { Member } from '../model.ts';
import { didYouMean } from '../nearest-name.ts';
import type { Finding } from './lint.ts';
import { nextApplicationMs } from './next-application.ts';

/** Groups nothing refers to; with the members at hand, groups nobody is in and members who get in nowhere. */
export function lintMembers(
  compiled: CompiledRelease,
  instantMs: number,
  members: readonly Member[] | null,
): readonly Finding[] {
  const { release } = compiled;
  const referred = referredGroups(compiled);
  const populated = new Set(
    (members ?? []).flatMap((member) => expandGroups(compiled.groups, member.groups)),
  );
  const ofGroups = release.groups.flatMap(({ id }, position): Finding[] => {
    const path = ['groups', position];
    if (!referred.has(id)) {
      return [{ code: 'unused_group', severity: 'note', path, message: `group "${id}" is named by nothing` }];
    }
    if (members === null || populated.has(id)) return [];
    return [{ code: 'empty_group', severity: 'note', path, message: `nobody is in group "${id}"` }];
  });
  const zones = waysIn(compiled);
  const opens = rememberOpen(instantMs);
  return [
    ...ofGroups,
    ...(members ?? []).flatMap((member, position) =>
      lintMember(compiled, member, ['members', position], getsInSomewhere(compiled, zones, member, opens)),
    ),
  ];
}

/** Findings about a member name nobody: they point to the position in the list that was given. */
function lintMember(
  compiled: CompiledRelease,
  member: Member,
  path: readonly (string | number)[],
  getsIn: boolean,
): Finding[] {
  const unknown = member.groups.filter((group) => !compiled.groups.has(group));
  const findings = unknown.map((group): Finding => {
    const hint = didYouMean(group, compiled.groups.keys());
    const message = `group "${group}" is not defined in this release`;
    return { code: 'unknown_group', severity: 'warning', path, message, ...(hint !== undefined && { hint }) };
  });
  if (member.status === 'active' && !getsIn) {
    const message = 'no permit rule lets this member in, at any door and any time';
    findings.push({ code: 'member_without_access', severity: 'warning', path, message });
  }
  return findings;
}

/** Ways in; a rule that lets everybody out lets nobody in. */
function waysIn(compiled: CompiledRelease): readonly CompiledZone[] {
  return [...compiled.zones.byId.values()].filter(({ direction }) => direction !== 'out');
}

function getsInSomewhere(
  compiled: CompiledRelease,
  zones: readonly CompiledZone[],
  member: Member,
  opens: (rule: CompiledRule) => boolean,
): boolean {
  const groups = expandGroups(compiled.groups, member.groups);
  let getsIn = false;
  visitRules(zones, member, groups, (rule) => {
    getsIn ||= rule.effect === 'permit' && isAbout(rule, member, groups) && opens(rule);
  });
  return getsIn;
}

/** Works out once for each rule whether it will apply again. */
function rememberOpen(instantMs: number): (rule: CompiledRule) => boolean {
  const known = new Map<CompiledRule, boolean>();
  return (rule) => {
    const opens = known.get(rule) ?? nextApplicationMs(rule, instantMs) !== null;
    known.set(rule, opens);
    return opens;
  };
}

/** Groups that rules, sites or areas name, and those below them. */
function referredGroups(compiled: CompiledRelease): ReadonlySet<string> {
  const { rules, sites, areas } = compiled.release;
  const named = new Set([
    ...rules.flatMap(({ who }) => [...(who.groups ?? []), ...(who.except?.groups ?? [])]),
    ...sites.flatMap(({ exemptGroups }) => exemptGroups),
    ...areas.flatMap(({ firstPerson, bypassGroups }) => [...(firstPerson?.groups ?? []), ...bypassGroups]),
  ]);
  return new Set(
    [...compiled.groups].filter(([, above]) => above.some((group) => named.has(group))).map(([id]) => id),
  );
}
