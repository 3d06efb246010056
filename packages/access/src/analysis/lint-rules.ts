import { DAY_MS, dateOfDay } from '../civil-time.ts';
import type { CompiledRelease, CompiledRule } from '../compile/compiled.ts';
import { rulesOf } from '../evaluate-rules.ts';
import type { Rule } from '../model.ts';
import type { CompiledSchedule } from '../schedule.ts';
import { localMsAt } from '../time-zone.ts';
import type { Finding } from './lint.ts';
import { nextApplicationMs } from './next-application.ts';
import { covers, mayCover, type RuleReach, reachOf } from './rule-covers.ts';

/** Rules that never decide anything: dead by themselves, covered by another, or always overruled. */
export function lintRules(compiled: CompiledRelease, instantMs: number): readonly Finding[] {
  const { release } = compiled;
  const compiledRules = compiledById(compiled);
  const reaches = release.rules.map(reachOf);
  const candidates = mayCover(compiled, reaches);
  return reaches.flatMap((reach): Finding[] => {
    const { rule, position } = reach;
    const path = ['rules', position];
    const death = whyDead(compiled, rule, compiledRules.get(rule.id) ?? [], instantMs);
    if (death !== null) {
      return [{ code: 'dead_rule', severity: 'warning', path, message: `rule "${rule.id}" ${death}` }];
    }
    const others = candidates(reach);
    const forbids = rule.effect === 'permit' ? others.filter((other) => other.rule.effect === 'forbid') : [];
    const shadow = forbids.find((other) => covers(compiled, other, reach));
    if (shadow !== undefined) {
      const message = `rule "${rule.id}" never permits: "${shadow.rule.id}" forbids all of it`;
      return [{ code: 'shadowed_rule', severity: 'warning', path, message }];
    }
    const wider = others.find((other) => isRedundant(compiled, reach, other));
    if (wider === undefined) return lintLate(rule, compiledRules.get(rule.id) ?? [], instantMs, path);
    const message = `rule "${rule.id}" adds nothing: "${wider.rule.id}" already covers all of it`;
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

function whyDead(
  compiled: CompiledRelease,
  rule: Rule,
  compiledRules: readonly CompiledRule[],
  instantMs: number,
): string | null {
  if (compiledRules.length === 0) return 'concerns no zone';
  if (compiledRules.every(({ fromMs, untilMs }) => fromMs >= untilMs)) return 'ends before it begins';
  if (compiledRules.every(({ untilMs }) => untilMs <= instantMs)) return `ended ${rule.validUntil}`;
  if (compiledRules.every((each) => nextApplicationMs(each, instantMs) === null)) {
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

/** Further ahead than this a date is more often a wrong year than a plan; `explain` looks as far. */
const SOON_MS = 400 * DAY_MS;

/** A rule that its schedule keeps shut for more than a year. */
function lintLate(
  { id, schedule: named }: Rule,
  compiledRules: readonly CompiledRule[],
  instantMs: number,
  path: Finding['path'],
): Finding[] {
  const late = compiledRules.map((rule) => {
    const opensMs = nextApplicationMs(rule, instantMs);
    const isLate = opensMs !== null && opensMs - Math.max(rule.fromMs, instantMs) > SOON_MS;
    return isLate && rule.schedule !== null ? dateAt(rule.schedule, opensMs) : null;
  });
  const [date] = late;
  if (date === undefined || late.includes(null)) return [];
  const message = `rule "${id}" applies only from ${date} on: its schedule "${named}" does not open before`;
  return [{ code: 'late_rule', severity: 'note', path, message, hint: 'look at the years of its dates' }];
}

function dateAt({ zone }: CompiledSchedule, instantMs: number): string {
  return dateOfDay(Math.floor(localMsAt(zone, instantMs) / DAY_MS));
}

function isRedundant(compiled: CompiledRelease, narrow: RuleReach, wide: RuleReach): boolean {
  const { rule } = narrow;
  if (wide.rule.effect !== rule.effect || wide.rule.quota !== undefined) return false;
  // A rule with texts of its own is there for what it says.
  if (rule.messages !== undefined || !covers(compiled, wide, narrow)) return false;
  // Of two rules that say the same, the later one is called redundant.
  return !covers(compiled, narrow, wide) || rule.quota !== undefined || wide.position < narrow.position;
}
