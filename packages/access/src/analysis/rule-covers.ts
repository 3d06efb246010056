import type { CompiledRelease } from '../compile/compiled.ts';
import type { Rule } from '../model.ts';

/** What a rule applies to, ready to be compared with what other rules do. */
export interface RuleReach {
  readonly rule: Rule;
  readonly position: number;
  /** Null for all zones there are. */
  readonly zones: ReadonlySet<string> | null;
  readonly from: Edge | null;
  readonly until: Edge | null;
  readonly isForAll: boolean;
  readonly groups: ReadonlySet<string>;
  readonly members: ReadonlySet<string>;
  /** Looked up in a map: a tag may be called `constructor`. */
  readonly tags: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Edge {
  readonly ms: number;
  /** Dates are compared on one clock only: elsewhere they begin at another instant. Instants always are. */
  readonly isDate: boolean;
}

export function reachOf(rule: Rule, position: number): RuleReach {
  const { groups, members, tags = {} } = rule.who;
  return {
    rule,
    position,
    zones: rule.zones.includes('*') ? null : new Set(rule.zones),
    from: edgeOf(rule.validFrom),
    until: edgeOf(rule.validUntil),
    isForAll: groups === undefined && members === undefined,
    groups: new Set(groups),
    members: new Set(members),
    tags: new Map(Object.entries(tags).map(([name, values]) => [name, new Set(values)])),
  };
}

function edgeOf(edge: string | undefined): Edge | null {
  return edge === undefined ? null : { ms: Date.parse(edge), isDate: edge.length === 'YYYY-MM-DD'.length };
}

/**
 * Whether whatever `narrow` applies to, `wide` applies to as well. Says no where it cannot be sure. What is dear to
 * compare comes last.
 */
export function covers(compiled: CompiledRelease, wide: RuleReach, narrow: RuleReach): boolean {
  return (
    wide.rule.who.except === undefined &&
    coversTime(wide, narrow) &&
    coversTags(wide, narrow) &&
    coversSubjects(compiled, wide, narrow) &&
    coversZones(wide, narrow)
  );
}

function coversTime(wide: RuleReach, narrow: RuleReach): boolean {
  const { schedule, timeZone } = wide.rule;
  const sameClock = timeZone === narrow.rule.timeZone;
  if (schedule !== undefined && !(schedule === narrow.rule.schedule && sameClock)) return false;
  return (
    coversEdge(wide.from, narrow.from, sameClock, (wideMs, narrowMs) => wideMs <= narrowMs) &&
    coversEdge(wide.until, narrow.until, sameClock, (wideMs, narrowMs) => wideMs >= narrowMs)
  );
}

function coversEdge(
  wide: Edge | null,
  narrow: Edge | null,
  sameClock: boolean,
  reachesAsFar: (wideMs: number, narrowMs: number) => boolean,
): boolean {
  if (wide === null) return true;
  if (narrow === null || wide.isDate !== narrow.isDate) return false;
  return (sameClock || !wide.isDate) && reachesAsFar(wide.ms, narrow.ms);
}

function coversTags(wide: RuleReach, narrow: RuleReach): boolean {
  for (const [name, values] of wide.tags) {
    const asked = narrow.tags.get(name);
    if (asked === undefined || !isSubset(asked, values)) return false;
  }
  return true;
}

function coversSubjects(compiled: CompiledRelease, wide: RuleReach, narrow: RuleReach): boolean {
  if (wide.isForAll) return true;
  if (narrow.isForAll || !isSubset(narrow.members, wide.members)) return false;
  for (const group of narrow.groups) {
    if (!compiled.groups.get(group)?.some((above) => wide.groups.has(above))) return false;
  }
  return true;
}

function coversZones(wide: RuleReach, narrow: RuleReach): boolean {
  return wide.zones === null || (narrow.zones !== null && isSubset(narrow.zones, wide.zones));
}

function isSubset(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  if (part.size > whole.size) return false;
  for (const each of part) if (!whole.has(each)) return false;
  return true;
}

/**
 * Finds the rules that may cover another one, without comparing each with each: those that stand under its first
 * zone, or those that stand under the first of whom it names, whichever are fewer.
 */
export function mayCover(
  compiled: CompiledRelease,
  reaches: readonly RuleReach[],
): (narrow: RuleReach) => readonly RuleReach[] {
  const everywhere = reaches.filter(({ zones }) => zones === null);
  const forAll = reaches.filter(({ isForAll }) => isForAll);
  const byZone = groupUnder(reaches, ({ zones }) => zones ?? []);
  const byGroup = groupUnder(reaches, ({ groups }) => groups);
  const byMember = groupUnder(reaches, ({ members }) => members);
  return (narrow) => {
    const [zone] = narrow.zones ?? [];
    const [group] = narrow.groups;
    const [member] = narrow.members;
    const underZone = listOf(byZone, zone);
    const named =
      group === undefined
        ? listOf(byMember, member)
        : (compiled.groups.get(group) ?? []).flatMap((above) => listOf(byGroup, above));
    const fewest =
      forAll.length + named.length < everywhere.length + underZone.length
        ? [...forAll, ...named]
        : [...everywhere, ...underZone];
    return fewest.filter((other) => other !== narrow);
  };
}

type Under = ReadonlyMap<string, readonly RuleReach[]>;

function groupUnder(reaches: readonly RuleReach[], namesOf: (reach: RuleReach) => Iterable<string>): Under {
  const under = new Map<string, RuleReach[]>();
  for (const reach of reaches) {
    for (const name of namesOf(reach)) {
      const list = under.get(name);
      if (list === undefined) under.set(name, [reach]);
      else list.push(reach);
    }
  }
  return under;
}

function listOf(under: Under, name: string | undefined): readonly RuleReach[] {
  return name === undefined ? [] : (under.get(name) ?? []);
}
