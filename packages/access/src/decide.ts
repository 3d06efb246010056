import type { CompiledRelease, CompiledZone } from './compile/compiled.ts';
import { expandGroups } from './compile/groups.ts';
import { idsStanding, listsAbout, withGroups } from './evaluate-rules.ts';
import { matchZones } from './match-zones.ts';
import type { Direction, Effect, Member, Question } from './model.ts';
import { parseInstant } from './parse-instant.ts';
import type { Reason } from './reasons.ts';
import { STANDING } from './rule-list.ts';

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
 * What is said of a person keeps them out, never in: on the way out the rules alone decide, also of somebody
 * unknown, suspended or no longer valid.
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
  const direction = directionOf(zones);
  const stop = direction === 'in' ? stoppedByFacts(member, instantMs) : null;
  const outcome =
    stop !== null
      ? { reason: stop, ruleIds: NO_RULES }
      : decideByRules(zones, subjectOf(member, question), groups, instantMs);
  const [zone] = zones;
  return {
    effect: outcome.reason === 'permitted' ? 'permit' : 'deny',
    reason: outcome.reason,
    atMs: instantMs,
    siteId: zone.siteId,
    zoneId: zone.id,
    zoneIds: zones.map(({ id }) => id),
    direction,
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

/** Why somebody may not come in whatever the rules say; null for nothing. */
function stoppedByFacts(member: Member | null, instantMs: number): Reason | null {
  if (member === null) return 'unknown_member';
  const { status, validFrom, validUntil } = member;
  if (status !== 'active') return 'member_suspended';
  // Asked the right way round, an instant that is no number is never within a validity.
  if (validFrom !== undefined && !(instantMs >= parseInstant(validFrom))) return 'not_yet_valid';
  if (validUntil !== undefined && !(instantMs < parseInstant(validUntil))) return 'expired';
  return null;
}

/** Whom the rules are asked about: on the way out also somebody of whom nothing but the key is known. */
export function subjectOf(member: Member | null, { merchantUserKey }: Question): Member {
  return member ?? { merchantUserKey, status: 'active', groups: [], tags: {}, version: 0 };
}

function decideByRules(
  zones: readonly CompiledZone[],
  member: Member,
  groups: readonly string[],
  instantMs: number,
): RuleOutcome {
  const subject = withGroups(member, groups);
  const forbids = idsStanding(listsAbout(zones, 'forbids', subject), STANDING.open, subject, instantMs);
  if (forbids.length > 0) return { reason: 'forbidden', ruleIds: forbids };
  const permits = listsAbout(zones, 'permits', subject);
  const open = idsStanding(permits, STANDING.open, subject, instantMs);
  if (open.length > 0) return { reason: 'permitted', ruleIds: open };
  const closed = idsStanding(permits, STANDING.closed, subject, instantMs);
  if (closed.length > 0) return { reason: 'closed_now', ruleIds: closed };
  const notInForce = idsStanding(permits, STANDING.notInForce, subject, instantMs);
  if (notInForce.length > 0) return { reason: 'grant_not_in_force', ruleIds: notInForce };
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
export function directionOf(zones: readonly CompiledZone[]): Direction {
  for (const zone of zones) if (zone.direction !== null) return zone.direction;
  return 'in';
}

export function areaOf(zones: readonly CompiledZone[]): string | null {
  for (const zone of zones) if (zone.areaId !== null) return zone.areaId;
  return null;
}
