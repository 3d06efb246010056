import type { CompiledRelease, CompiledRule, CompiledZone } from './compile/compiled.ts';
import { expandGroups } from './compile/groups.ts';
import { standingOf, visitRules } from './evaluate-rules.ts';
import { matchZones } from './match-zones.ts';
import type { Direction, Effect, Member, Question } from './model.ts';
import type { Reason } from './reasons.ts';

/**
 * What the rules alone say of a question. Final where nothing of the moment matters (a site run without a
 * guard); otherwise `admit` makes the decision from it.
 */
export interface Verdict {
  readonly effect: Effect;
  readonly reason: Reason;
  /** UTC milliseconds of the question. */
  readonly atMs: number;
  readonly siteId: string | null;
  /** The most specific zone that matched. */
  readonly zoneId: string | null;
  /** All zones that matched, most specific first. Rules of each of them were looked at. */
  readonly zoneIds: readonly string[];
  readonly direction: Direction;
  /** The area this door belongs to. */
  readonly areaId: string | null;
  /**
   * The rules that determined the outcome, by id: the permits or forbids that apply, or the permits that came
   * nearest (closed now, not in force). Empty where no rule had a part.
   */
  readonly ruleIds: readonly string[];
  /** The member's groups with everything above them. */
  readonly groups: readonly string[];
  /** Language for the device. */
  readonly locale: string;
}

const FALLBACK_LOCALE = 'ko';

/**
 * Answers a question from a release and a member's facts. Pure: the same input gives the same verdict.
 *
 * Everything is denied unless a permit rule applies, and a forbid rule that applies denies whatever permits
 * there are; the order of rules means nothing (Cedar's semantics). In order: does a zone match; is the member
 * known, active, within their validity; does a forbid apply; does a permit apply, and if not, why not.
 *
 * @param member null where the directory knows nobody of that key
 * @param instantMs UTC milliseconds
 */
export function decide(
  compiled: CompiledRelease,
  member: Member | null,
  question: Question,
  instantMs: number,
): Verdict {
  const match = matchZones(compiled.zones, question);
  if ('problem' in match) return verdictWithoutZone(compiled, match.problem, member, question, instantMs);
  const { zones } = match;
  const groups = member === null ? [] : expandGroups(compiled.groups, member.groups);
  const verdict = (effect: Effect, reason: Reason, ruleIds: readonly string[]): Verdict => ({
    effect,
    reason,
    atMs: instantMs,
    siteId: zones[0].siteId,
    zoneId: zones[0].id,
    zoneIds: zones.map((zone) => zone.id),
    direction: directionOf(zones),
    areaId: areaOf(zones),
    ruleIds,
    groups,
    locale: member?.locale ?? compiled.sites.get(zones[0].siteId)?.site.locale ?? FALLBACK_LOCALE,
  });

  if (member === null) return verdict('deny', 'unknown_member', []);
  if (member.status !== 'active') return verdict('deny', 'member_suspended', []);
  if (member.validFrom !== undefined && instantMs < Date.parse(member.validFrom)) {
    return verdict('deny', 'not_yet_valid', []);
  }
  if (member.validUntil !== undefined && instantMs >= Date.parse(member.validUntil)) {
    return verdict('deny', 'expired', []);
  }

  const forbids: string[] = [];
  visitRules(zones, 'forbids', member, groups, (rule) => {
    if (standingOf(rule, member, groups, instantMs) === 'applies') forbids.push(rule.id);
  });
  if (forbids.length > 0) return verdict('deny', 'forbidden', inIdOrder(forbids));

  const permits: string[] = [];
  const closed: string[] = [];
  const notInForce: string[] = [];
  visitRules(zones, 'permits', member, groups, (rule: CompiledRule) => {
    const standing = standingOf(rule, member, groups, instantMs);
    if (standing === 'applies') permits.push(rule.id);
    else if (standing === 'closed') closed.push(rule.id);
    else if (standing === 'not_in_force') notInForce.push(rule.id);
  });
  if (permits.length > 0) return verdict('permit', 'permitted', inIdOrder(permits));
  if (closed.length > 0) return verdict('deny', 'closed_now', inIdOrder(closed));
  if (notInForce.length > 0) return verdict('deny', 'grant_not_in_force', inIdOrder(notInForce));
  return verdict('deny', 'no_grant', []);
}

function verdictWithoutZone(
  compiled: CompiledRelease,
  reason: 'no_zone' | 'ambiguous_zone',
  member: Member | null,
  question: Question,
  instantMs: number,
): Verdict {
  const site = question.siteId === undefined ? undefined : compiled.sites.get(question.siteId)?.site;
  const [only] = compiled.release.sites.length === 1 ? compiled.release.sites : [];
  return {
    effect: 'deny',
    reason,
    atMs: instantMs,
    siteId: site?.id ?? null,
    zoneId: null,
    zoneIds: [],
    direction: 'in',
    areaId: null,
    ruleIds: [],
    groups: [],
    locale: member?.locale ?? (site ?? only)?.locale ?? FALLBACK_LOCALE,
  };
}

/** Direction and area come from the most specific zone that states them. */
function directionOf(zones: readonly CompiledZone[]): Direction {
  for (const zone of zones) if (zone.direction !== null) return zone.direction;
  return 'in';
}

function areaOf(zones: readonly CompiledZone[]): string | null {
  for (const zone of zones) if (zone.areaId !== null) return zone.areaId;
  return null;
}

/** Sorted and each once: a rule is met again where it names several groups or zones of the question. */
function inIdOrder(ids: string[]): readonly string[] {
  for (let position = 1; position < ids.length; position += 1) {
    const [before, here] = [ids[position - 1] ?? '', ids[position] ?? ''];
    if (before >= here) return [...new Set(ids)].sort();
  }
  return ids;
}
