import type { CompiledRelease } from '../compile/compiled.ts';
import { expandGroups } from '../compile/groups.ts';
import { isAbout, visitRules } from '../evaluate-rules.ts';
import type { Member } from '../model.ts';
import { didYouMean } from '../nearest-name.ts';
import type { Finding } from './lint.ts';

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
  return [
    ...ofGroups,
    ...(members ?? []).flatMap((member, position) =>
      lintMember(compiled, member, ['members', position], instantMs),
    ),
  ];
}

/** Findings about a member name nobody: they point to the position in the list that was given. */
function lintMember(
  compiled: CompiledRelease,
  member: Member,
  path: readonly (string | number)[],
  instantMs: number,
): Finding[] {
  const unknown = member.groups.filter((group) => !compiled.groups.has(group));
  const findings = unknown.map((group): Finding => {
    const hint = didYouMean(group, compiled.groups.keys());
    const message = `group "${group}" is not defined in this release`;
    return { code: 'unknown_group', severity: 'warning', path, message, ...(hint !== undefined && { hint }) };
  });
  if (member.status === 'active' && !getsInSomewhere(compiled, member, instantMs)) {
    const message = 'no permit rule is about this member, at any door and any time';
    findings.push({ code: 'member_without_access', severity: 'warning', path, message });
  }
  return findings;
}

function getsInSomewhere(compiled: CompiledRelease, member: Member, instantMs: number): boolean {
  const groups = expandGroups(compiled.groups, member.groups);
  let getsIn = false;
  visitRules([...compiled.zones.byId.values()], member, groups, (rule) => {
    getsIn ||= rule.effect === 'permit' && rule.untilMs > instantMs && isAbout(rule, member, groups);
  });
  return getsIn;
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
