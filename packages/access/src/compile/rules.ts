import { DAY_MS, dayNumber } from '../civil-time.ts';
import type { Calendar, Rule, Schedule } from '../model.ts';
import type { CompiledSchedule } from '../schedule.ts';
import { instantOfLocal, type TimeZone, timeZoneOf } from '../time-zone.ts';
import type { CompiledRule, Narrowing } from './compiled.ts';
import type { IssueList } from './issue-list.ts';
import { compileSchedule, indexHolidays } from './schedules.ts';
import { tagCompiler } from './tags.ts';

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

/** Compiles rules for time zones: each once, and each schedule once however many rules use it. */
export function ruleCompiler(known: Known): (rule: Rule, timeZone: string) => CompiledRule {
  const compileTags = tagCompiler();
  const holidays = indexHolidays(known.calendars.values());
  const schedules = keptByTimeZone((schedule: Schedule, timeZone) =>
    compileSchedule(schedule, holidays, timeZone),
  );
  return keptByTimeZone((rule: Rule, timeZone) => {
    const schedule = rule.schedule === undefined ? undefined : known.schedules.get(rule.schedule);
    return compileRule(
      rule,
      rule.timeZone ?? timeZone,
      schedule === undefined ? null : schedules(schedule, rule.timeZone ?? schedule.timeZone ?? timeZone),
      compileNarrowing(rule.who, compileTags),
    );
  });
}

function keptByTimeZone<In extends object, Out>(
  make: (item: In, timeZone: string) => Out,
): (item: In, timeZone: string) => Out {
  const made = new Map<In, Map<string, Out>>();
  return (item, timeZone) => {
    const byZone = made.get(item) ?? new Map<string, Out>();
    made.set(item, byZone);
    const one = byZone.get(timeZone) ?? make(item, timeZone);
    byZone.set(timeZone, one);
    return one;
  };
}

function compileNarrowing(who: Rule['who'], compileTags: ReturnType<typeof tagCompiler>): Narrowing | null {
  const { groups = [], members = [] } = who.except ?? {};
  const tags = compileTags(who.tags);
  if (tags.length + groups.length + members.length === 0) return null;
  return { tags, exceptGroups: groups, exceptMembers: new Set(members) };
}

function compileRule(
  rule: Rule,
  timeZone: string,
  schedule: CompiledSchedule | null,
  narrowing: Narrowing | null,
): CompiledRule {
  const zone = timeZoneOf(timeZone);
  return {
    id: rule.id,
    effect: rule.effect,
    narrowing,
    schedule,
    fromMs: rule.validFrom === undefined ? Number.NEGATIVE_INFINITY : instantMsOf(rule.validFrom, zone),
    untilMs: rule.validUntil === undefined ? Number.POSITIVE_INFINITY : instantMsOf(rule.validUntil, zone),
    metIn: 0,
  };
}

/** The instant of a text with an offset, or of the midnight with which a date begins in a time zone. */
export function instantMsOf(text: string, zone: TimeZone): number {
  return text.length === 'YYYY-MM-DD'.length
    ? instantOfLocal(zone, dayNumber(text) * DAY_MS)
    : Date.parse(text);
}
