import { lastResetMs, nextResetMs, quotaCounters } from '../admission-keys.ts';
import { admit } from '../admit.ts';
import { DAY_MS } from '../civil-time.ts';
import type { CompiledArea, CompiledRelease, CompiledRule } from '../compile/compiled.ts';
import { expandGroups } from '../compile/groups.ts';
import { decide, directionOf, subjectOf, type Verdict } from '../decide.ts';
import { isAbout, visitRules } from '../evaluate-rules.ts';
import type { GuardView } from '../guard-view.ts';
import { matchZones } from '../match-zones.ts';
import type { Member, Question } from '../model.ts';
import { nextScheduleEdgeMs } from './schedule-changes.ts';

/** Further ahead than this nobody waits at a door; it covers what comes round once a year. */
const HORIZON_DAYS = 400;

/**
 * The first instant from `fromMs` on at which the same question would be permitted, if nothing but time
 * changes; null when there is none within 400 days. That a permit given just now may be asked for again is left
 * out of account.
 *
 * @param view with the guard's state, also modes, deny entries, quotas, passes and resets run out. Load what
 * `explanationKeys` names: of a quota that has no count in it, the period that has begun is taken for spent.
 */
export function nextPermittedMs(
  compiled: CompiledRelease,
  member: Member | null,
  question: Question,
  fromMs: number,
  view: GuardView | null = null,
): number | null {
  // Of an instant without an end there is no later one.
  if (!Number.isFinite(fromMs)) return null;
  const horizonMs = fromMs + HORIZON_DAYS * DAY_MS;
  const rules = rulesAbout(compiled, member, question);
  const schedules = new Set(rules.flatMap(({ schedule }) => schedule ?? []));
  let atMs = fromMs;
  while (atMs <= horizonMs) {
    const verdict = decide(compiled, member, question, atMs);
    const later = view === null ? null : stateAt(compiled, verdict, member, view, fromMs, atMs);
    const effect =
      later === null
        ? verdict.effect
        : admit(compiled, verdict, question, member, later, atMs).decision.effect;
    if (effect === 'permit') return atMs;
    let nextMs = Number.POSITIVE_INFINITY;
    const consider = (instantMs: number | null): void => {
      if (instantMs !== null && instantMs > atMs && instantMs < nextMs) nextMs = instantMs;
    };
    if (member?.validFrom !== undefined) consider(Date.parse(member.validFrom));
    if (member?.validUntil !== undefined) consider(Date.parse(member.validUntil));
    for (const rule of rules) {
      consider(rule.fromMs);
      consider(rule.untilMs);
    }
    for (const schedule of schedules) consider(nextScheduleEdgeMs(schedule, atMs));
    if (later !== null) considerState(compiled, verdict, member, later, atMs, consider);
    atMs = nextMs;
  }
  return null;
}

/** The rules whose passing conditions decide when: those about the member at the zones asked about. */
function rulesAbout(
  compiled: CompiledRelease,
  member: Member | null,
  question: Question,
): readonly CompiledRule[] {
  const match = matchZones(compiled.zones, question);
  if ('problem' in match || (member === null && directionOf(match.zones) === 'in')) return [];
  const subject = subjectOf(member, question);
  const groups = expandGroups(compiled.groups, subject.groups);
  const rules = new Set<CompiledRule>();
  visitRules(match.zones, subject, groups, (rule) => {
    if (isAbout(rule, subject, groups)) rules.add(rule);
  });
  return [...rules];
}

/** The state as it will be if nothing happens: an area is empty after its reset, and nobody asks again. */
function stateAt(
  compiled: CompiledRelease,
  verdict: Verdict,
  member: Member | null,
  view: GuardView,
  fromMs: number,
  atMs: number,
): GuardView {
  const area = areaOf(compiled, verdict);
  const isReset = area !== undefined && lastResetMs(area, atMs) > lastResetMs(area, fromMs);
  const begun = quotaCounters(compiled, verdict, member, fromMs);
  const spent = begun.filter(({ key }) => !Object.hasOwn(view.counters, key));
  return {
    ...view,
    lastPermit: null,
    counters: { ...view.counters, ...Object.fromEntries(spent.map(({ key, max }) => [key, max])) },
    area: view.area === null || !isReset ? view.area : { ...view.area, occupancy: 0 },
  };
}

function areaOf(compiled: CompiledRelease, verdict: Verdict): CompiledArea | undefined {
  return verdict.areaId === null ? undefined : compiled.areas.get(verdict.areaId);
}

function considerState(
  compiled: CompiledRelease,
  verdict: Verdict,
  member: Member | null,
  view: GuardView,
  atMs: number,
  consider: (instantMs: number | null) => void,
): void {
  consider(view.mode?.untilMs ?? null);
  for (const entry of view.denies) consider(entry.untilMs);
  for (const pass of view.passes) {
    consider(pass.validFromMs);
    consider(pass.validUntilMs);
  }
  for (const counter of quotaCounters(compiled, verdict, member, atMs)) consider(counter.expiresAtMs);
  const area = areaOf(compiled, verdict);
  if (area === undefined) return;
  consider(nextResetMs(area, atMs));
  const { forgetAfterSeconds } = area.area.antiPassback ?? {};
  const presence = view.area?.presence ?? null;
  if (forgetAfterSeconds !== undefined && presence !== null)
    consider(presence.atMs + forgetAfterSeconds * 1000);
}
