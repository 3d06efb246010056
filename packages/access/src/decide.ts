import type { CompiledRelease, CompiledZone } from './compile/compiled.ts';
import { expandGroups } from './compile/groups.ts';
import { evaluateRules } from './evaluate-rules.ts';
import { matchZones } from './match-zones.ts';
import type { Direction, Effect, Member, Question } from './model.ts';
import { parseInstant } from './parse-instant.ts';
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
   * The rules that determined the outcome, each once: the permits or forbids that apply, or the permits that came
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
  const outcome = decideInZones(zones, member, groups, instantMs);
  const [zone] = zones;
  return {
    effect: outcome.reason === 'permitted' ? 'permit' : 'deny',
    reason: outcome.reason,
    atMs: instantMs,
    siteId: zone.siteId,
    zoneId: zone.id,
    zoneIds: zones.map(({ id }) => id),
    direction: directionOf(zones),
    areaId: areaOf(zones),
    ruleIds: outcome.ruleIds,
    groups,
    locale: member?.locale ?? compiled.sites.get(zone.siteId)?.site.locale ?? FALLBACK_LOCALE,
  };
}

interface RuleOutcome {
  readonly reason: Reason;
  readonly ruleIds: readonly string[];
}

const NO_RULES: readonly string[] = [];

function decideInZones(
  zones: readonly CompiledZone[],
  member: Member | null,
  groups: readonly string[],
  instantMs: number,
): RuleOutcome {
  if (member === null) return { reason: 'unknown_member', ruleIds: NO_RULES };
  const { status, validFrom, validUntil } = member;
  if (status !== 'active') return { reason: 'member_suspended', ruleIds: NO_RULES };
  // Asked the right way round, an instant that is no number is never within a validity.
  if (validFrom !== undefined && !(instantMs >= parseInstant(validFrom))) {
    return { reason: 'not_yet_valid', ruleIds: NO_RULES };
  }
  if (validUntil !== undefined && !(instantMs < parseInstant(validUntil))) {
    return { reason: 'expired', ruleIds: NO_RULES };
  }
  const forbids = evaluateRules(zones, 'forbids', member, groups, instantMs);
  if (forbids.applies.length > 0) return { reason: 'forbidden', ruleIds: forbids.applies };
  const permits = evaluateRules(zones, 'permits', member, groups, instantMs);
  if (permits.applies.length > 0) return { reason: 'permitted', ruleIds: permits.applies };
  if (permits.closed.length > 0) return { reason: 'closed_now', ruleIds: permits.closed };
  if (permits.notInForce.length > 0) return { reason: 'grant_not_in_force', ruleIds: permits.notInForce };
  return { reason: 'no_grant', ruleIds: NO_RULES };
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
