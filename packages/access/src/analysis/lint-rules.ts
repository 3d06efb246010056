import type { CompiledRelease, CompiledRule } from '../compile/compiled.ts';
import { rulesOf } from '../evaluate-rules.ts';
import { nextOpeningMs } from '../explain/schedule-changes.ts';
import type { Release, Rule } from '../model.ts';
import type { Finding } from './lint.ts';

/** Rules that never decide anything: dead by themselves, covered by another, or always overruled. */
export function lintRules(compiled: CompiledRelease, instantMs: number): readonly Finding[] {
  const { release } = compiled;
  const compiledRules = compiledById(compiled);
  const neighbors = neighborsIn(release.rules);
  return release.rules.flatMap((rule, position): Finding[] => {
    const path = ['rules', position];
    const death = whyDead(compiled, rule, compiledRules.get(rule.id) ?? [], instantMs);
    if (death !== null) {
      return [{ code: 'dead_rule', severity: 'warning', path, message: `rule "${rule.id}" ${death}` }];
    }
    const others = neighbors(rule);
    const shadow = others.find((other) => other.effect === 'forbid' && covers(compiled, other, rule));
    if (rule.effect === 'permit' && shadow !== undefined) {
      const message = `rule "${rule.id}" never permits: "${shadow.id}" forbids all of it`;
      return [{ code: 'shadowed_rule', severity: 'warning', path, message }];
    }
    const wider = others.find((other) => isRedundant(compiled, rule, position, other, release));
    if (wider === undefined) return [];
    const message = `rule "${rule.id}" adds nothing: "${wider.id}" already covers all of it`;
    return [{ code: 'redundant_rule', severity: 'note', path, message }];
  });
}

/** Each rule as it was compiled for the sites it concerns. */
function compiledById(compiled: CompiledRelease): ReadonlyMap<string, readonly CompiledRule[]> {
  const byId = new Map<string, readonly CompiledRule[]>();
  for (const rule of rulesOf([...compiled.zones.byId.values()])) {
    byId.set(rule.id, [...(byId.get(rule.id) ?? []), rule]);
  }
  return byId;
}

/** Other rules that name the first zone of a rule: whatever covers the rule is among them. */
function neighborsIn(rules: readonly Rule[]): (rule: Rule) => readonly Rule[] {
  const byZone = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const zone of rule.zones) {
      const list = byZone.get(zone);
      if (list === undefined) byZone.set(zone, [rule]);
      else list.push(rule);
    }
  }
  return (rule) => {
    const [first = '*'] = rule.zones;
    const named = first === '*' ? [] : (byZone.get(first) ?? []);
    return [...(byZone.get('*') ?? []), ...named].filter((other) => other !== rule);
  };
}

function whyDead(
  compiled: CompiledRelease,
  rule: Rule,
  compiledRules: readonly CompiledRule[],
  instantMs: number,
): string | null {
  if (compiledRules.length === 0) return 'concerns no zone';
  if (compiledRules.every(({ fromMs, untilMs }) => fromMs >= untilMs)) return 'ends before it begins';
  if (compiledRules.every(({ untilMs }) => untilMs <= instantMs)) return `ended ${rule.validUntil}`;
  if (compiledRules.every((each) => !opensAgain(each, instantMs))) {
    return `never applies: its schedule "${rule.schedule}" does not open while it is valid`;
  }
  const { groups = [], members, except } = rule.who;
  const excepted = groups.filter((group) =>
    (compiled.groups.get(group) ?? []).some((above) => except?.groups.includes(above)),
  );
  if (members === undefined && groups.length > 0 && excepted.length === groups.length) {
    return 'excepts everyone it names';
  }
  return null;
}

/** Whether a rule will apply at some time from an instant on, as far as can be seen. */
export function opensAgain({ schedule, fromMs, untilMs }: CompiledRule, instantMs: number): boolean {
  if (untilMs <= instantMs || fromMs >= untilMs) return false;
  if (schedule === null) return true;
  const opensMs = nextOpeningMs(schedule, Math.max(fromMs, instantMs));
  return opensMs !== null && opensMs < untilMs;
}

function isRedundant(
  compiled: CompiledRelease,
  rule: Rule,
  position: number,
  other: Rule,
  release: Release,
): boolean {
  if (other.effect !== rule.effect || other.quota !== undefined || !covers(compiled, other, rule))
    return false;
  // A rule with texts of its own is there for what it says.
  if (rule.messages !== undefined) return false;
  // Of two rules that say the same, the later one is called redundant.
  return (
    !covers(compiled, rule, other) || rule.quota !== undefined || release.rules.indexOf(other) < position
  );
}

/** Whether whatever `narrow` applies to, `wide` applies to as well. Says no where it cannot be sure. */
function covers(compiled: CompiledRelease, wide: Rule, narrow: Rule): boolean {
  return (
    coversZones(wide, narrow) &&
    coversTime(wide, narrow) &&
    coversSubjects(compiled, wide, narrow) &&
    coversTags(wide, narrow) &&
    wide.who.except === undefined
  );
}

function coversZones(wide: Rule, narrow: Rule): boolean {
  return wide.zones.includes('*') || narrow.zones.every((zone) => wide.zones.includes(zone));
}

function coversTime(wide: Rule, narrow: Rule): boolean {
  const sameClock = wide.timeZone === narrow.timeZone;
  const sameHours = wide.schedule === undefined || (wide.schedule === narrow.schedule && sameClock);
  return (
    sameHours &&
    coversEdge(wide.validFrom, narrow.validFrom, sameClock, (wideMs, narrowMs) => wideMs <= narrowMs) &&
    coversEdge(wide.validUntil, narrow.validUntil, sameClock, (wideMs, narrowMs) => wideMs >= narrowMs)
  );
}

/** Dates are compared on one clock only: elsewhere they begin at another instant. Instants always are. */
function coversEdge(
  wide: string | undefined,
  narrow: string | undefined,
  sameClock: boolean,
  reachesAsFar: (wideMs: number, narrowMs: number) => boolean,
): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined || isDate(wide) !== isDate(narrow)) return false;
  if (isDate(wide) && !sameClock) return false;
  return reachesAsFar(Date.parse(wide), Date.parse(narrow));
}

function isDate(edge: string): boolean {
  return edge.length === 'YYYY-MM-DD'.length;
}

function coversSubjects(compiled: CompiledRelease, wide: Rule, narrow: Rule): boolean {
  const isForAll = ({ who }: Rule): boolean => who.groups === undefined && who.members === undefined;
  if (isForAll(wide)) return true;
  if (isForAll(narrow)) return false;
  const groups = narrow.who.groups ?? [];
  const members = narrow.who.members ?? [];
  return (
    groups.every((group) => compiled.groups.get(group)?.some((above) => wide.who.groups?.includes(above))) &&
    members.every((member) => wide.who.members?.includes(member))
  );
}

function coversTags(wide: Rule, narrow: Rule): boolean {
  // Looked up in a map: a tag may be called `constructor`.
  const narrowTags = new Map(Object.entries(narrow.who.tags ?? {}));
  return Object.entries(wide.who.tags ?? {}).every(([name, values]) =>
    narrowTags.get(name)?.every((value) => values.includes(value)),
  );
}
