import { DAY_MS, dayNumber } from '../civil-time.ts';
import type { Calendar, Rule, Schedule, Site } from '../model.ts';
import type { CompiledSchedule } from '../schedule.ts';
import { instantOfLocal, type TimeZone, timeZoneOf } from '../time-zone.ts';
import type { CompiledRule, RuleBundle, RuleList, SubjectIndex } from './compiled.ts';
import type { IssueList } from './issue-list.ts';
import { compileSchedule } from './schedules.ts';
import { compileConditions } from './zones.ts';

interface Known {
  readonly groups: ReadonlyMap<string, unknown>;
  readonly zones: ReadonlyMap<string, unknown>;
  readonly schedules: ReadonlyMap<string, Schedule>;
  readonly calendars: ReadonlyMap<string, Calendar>;
}

/** Reports references to what is not there, and combinations that mean nothing. */
export function checkRules(rules: readonly Rule[], known: Known, issues: IssueList): void {
  for (const [position, rule] of rules.entries()) {
    const path = ['rules', position];
    const { who } = rule;
    for (const [at, zone] of rule.zones.entries()) {
      if (zone !== '*') issues.expectKnown('zone', zone, known.zones, [...path, 'zones', at]);
    }
    for (const [at, group] of (who.groups ?? []).entries()) {
      issues.expectKnown('group', group, known.groups, [...path, 'who', 'groups', at]);
    }
    for (const [at, group] of (who.except?.groups ?? []).entries()) {
      issues.expectKnown('group', group, known.groups, [...path, 'who', 'except', 'groups', at]);
    }
    if (rule.schedule !== undefined) {
      issues.expectKnown('schedule', rule.schedule, known.schedules, [...path, 'schedule']);
    }
    if (rule.quota !== undefined && rule.effect === 'forbid') {
      issues.add([...path, 'quota'], 'a forbid rule has no quota', 'put the quota on the permit rule');
    }
  }
}

/** A schedule in a time zone, made once however many rules use it. */
export type SharedSchedules = (schedule: Schedule, timeZone: string) => CompiledSchedule;

export function shareSchedules(calendars: ReadonlyMap<string, Calendar>): SharedSchedules {
  const made = new Map<string, CompiledSchedule>();
  return (schedule, timeZone) => {
    const key = JSON.stringify([schedule.id, timeZone]);
    const compiled = made.get(key) ?? compileSchedule(schedule, calendars, timeZone);
    made.set(key, compiled);
    return compiled;
  };
}

/** A rule as it applies at one site: its schedule and dates read in the time zone it has there. */
export function compileRule(rule: Rule, site: Site, known: Known, schedules: SharedSchedules): CompiledRule {
  const { tags = {}, except, groups = [], members = [] } = rule.who;
  const schedule = rule.schedule === undefined ? undefined : known.schedules.get(rule.schedule);
  const zone = timeZoneOf(rule.timeZone ?? site.timeZone);
  return {
    id: rule.id,
    ids: [rule.id],
    effect: rule.effect,
    tags: compileConditions(tags),
    exceptGroups: except?.groups ?? [],
    exceptMembers: new Set(except?.members ?? []),
    schedule:
      schedule === undefined
        ? null
        : schedules(schedule, rule.timeZone ?? schedule.timeZone ?? site.timeZone),
    fromMs: rule.validFrom === undefined ? Number.NEGATIVE_INFINITY : instantMsOf(rule.validFrom, zone),
    untilMs: rule.validUntil === undefined ? Number.POSITIVE_INFINITY : instantMsOf(rule.validUntil, zone),
    mayRepeat: groups.length + members.length > 1 || rule.zones.length > 1 || rule.zones[0] === '*',
  };
}

/** The instant of a text with an offset, or of the midnight with which a date begins in a time zone. */
export function instantMsOf(text: string, zone: TimeZone): number {
  return text.length === 'YYYY-MM-DD'.length
    ? instantOfLocal(zone, dayNumber(text) * DAY_MS)
    : Date.parse(text);
}

/** Sorts rules under the subjects they name. */
export function indexBySubject(rules: readonly (readonly [Rule, CompiledRule])[]): SubjectIndex {
  const everyone: CompiledRule[] = [];
  const byGroup = new Map<string, CompiledRule[]>();
  const byMember = new Map<string, CompiledRule[]>();
  for (const [{ who }, compiled] of rules) {
    if (who.groups === undefined && who.members === undefined) everyone.push(compiled);
    for (const group of new Set(who.groups)) append(byGroup, group, compiled);
    for (const member of new Set(who.members)) append(byMember, member, compiled);
  }
  return {
    everyone: toList(everyone),
    byGroup: mapValues(byGroup, toList),
    byMember: mapValues(byMember, toList),
  };
}

function toList(rules: readonly CompiledRule[]): RuleList {
  const single: CompiledRule[] = [];
  const bundles = new Map<string, CompiledRule[]>();
  for (const rule of rules) {
    const isPlain = rule.tags.length === 0 && rule.exceptGroups.length === 0 && rule.exceptMembers.size === 0;
    const { schedule, fromMs, untilMs } = rule;
    const time = `${schedule?.id} ${schedule?.zone.id} ${fromMs} ${untilMs}`;
    if (isPlain) append(bundles, time, rule);
    else single.push(rule);
  }
  return { single, bundles: [...bundles.values()].flatMap(bundle) };
}

function bundle(rules: readonly CompiledRule[]): RuleBundle[] {
  const [first] = rules;
  if (first === undefined) return [];
  const { schedule, fromMs, untilMs } = first;
  const mayRepeat = rules.some((rule) => rule.mayRepeat);
  return [{ schedule, fromMs, untilMs, rules, ids: rules.map(({ id }) => id), mayRepeat }];
}

function mapValues<In, Out>(
  map: ReadonlyMap<string, In>,
  change: (value: In) => Out,
): ReadonlyMap<string, Out> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

function append(map: Map<string, CompiledRule[]>, key: string, rule: CompiledRule): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [rule]);
  else list.push(rule);
}
