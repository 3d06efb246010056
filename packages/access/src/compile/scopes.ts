import type { Rule, Zone } from '../model.ts';
import { type RuleList, ruleList } from '../rule-list.ts';
import type { CompiledRule, RuleScope, SubjectIndex } from './compiled.ts';

/** A rule as it is in a time zone; the same object each time it is asked for. */
export type RuleIn = (rule: Rule, timeZone: string) => CompiledRule;

type Draft = (readonly [Rule, CompiledRule])[];

const EVERY_ZONE = '*';

/**
 * Puts rules where questions look for them. A rule for a few zones stands under each of them, where questions
 * about other people never meet it; one for every zone, or for many zones and many groups, stands once in a scope
 * that those zones share: it would make more entries than it has words.
 *
 * @returns the scopes of a zone
 */
export function compileScopes(
  rules: readonly Rule[],
  zones: readonly Zone[],
  timeZoneOf: (zone: Zone) => string,
  ruleIn: RuleIn,
): (zone: Zone) => readonly RuleScope[] {
  const zoneById = new Map(zones.map((zone) => [zone.id, zone]));
  const timeZones = new Set(zones.map(timeZoneOf));
  const drafts = new Map<string, Draft>();
  const draftsOfZone = new Map<string, Set<Draft>>();

  const put = (rule: Rule, timeZone: string, name: string): Draft => {
    const key = `${timeZone} ${name}`;
    const draft = drafts.get(key) ?? [];
    drafts.set(key, draft);
    // A list of zones is gone through zone by zone, and its rule put there once.
    if (draft.at(-1)?.[0] !== rule) draft.push([rule, ruleIn(rule, timeZone)]);
    return draft;
  };

  // By id, so that the order in which rules are written leaves no trace in what is answered.
  for (const rule of rules.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    if (rule.zones.includes(EVERY_ZONE)) {
      for (const timeZone of timeZones) put(rule, timeZone, EVERY_ZONE);
      continue;
    }
    const ids = [...new Set(rule.zones)].sort();
    const together = isShared(rule, ids.length) ? ids.join(' ') : null;
    for (const id of ids) {
      const zone = zoneById.get(id);
      if (zone === undefined) continue;
      const draft = put(rule, timeZoneOf(zone), together ?? id);
      draftsOfZone.set(id, (draftsOfZone.get(id) ?? new Set()).add(draft));
    }
  }

  const scopes = new Map<Draft, RuleScope>();
  const scopeOf = (draft: Draft): RuleScope => {
    const scope = scopes.get(draft) ?? toScope(draft);
    scopes.set(draft, scope);
    return scope;
  };
  return (zone) => {
    const everywhere = drafts.get(`${timeZoneOf(zone)} ${EVERY_ZONE}`) ?? [];
    return [...(draftsOfZone.get(zone.id) ?? []), everywhere]
      .filter((draft) => draft.length > 0)
      .map(scopeOf);
  };
}

/** Entries a rule may make for each zone, group and member it names. */
const ENTRIES_PER_NAME = 8;

function isShared({ who }: Rule, zones: number): boolean {
  const subjects = (who.groups ?? []).length + (who.members ?? []).length;
  return zones * subjects > ENTRIES_PER_NAME * (zones + subjects);
}

function toScope(draft: Draft): RuleScope {
  return {
    rules: draft.map(([, compiled]) => compiled),
    forbids: indexBySubject(draft.filter(([{ effect }]) => effect === 'forbid')),
    permits: indexBySubject(draft.filter(([{ effect }]) => effect === 'permit')),
  };
}

/** Sorts rules under the subjects they name. */
function indexBySubject(draft: Draft): SubjectIndex {
  const everyone: CompiledRule[] = [];
  const byGroup = new Map<string, CompiledRule[]>();
  const byMember = new Map<string, CompiledRule[]>();
  for (const [{ who }, compiled] of draft) {
    if (who.groups === undefined && who.members === undefined) everyone.push(compiled);
    for (const group of new Set(who.groups)) append(byGroup, group, compiled);
    for (const member of new Set(who.members)) append(byMember, member, compiled);
  }
  return { everyone: ruleList(everyone), byGroup: toLists(byGroup), byMember: toLists(byMember) };
}

function toLists(rulesBy: ReadonlyMap<string, readonly CompiledRule[]>): ReadonlyMap<string, RuleList> {
  return new Map([...rulesBy].map(([subject, rules]) => [subject, ruleList(rules)]));
}

function append(map: Map<string, CompiledRule[]>, key: string, rule: CompiledRule): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [rule]);
  else list.push(rule);
}
