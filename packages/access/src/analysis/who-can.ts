import type { CompiledRelease, CompiledZone } from '../compile/compiled.ts';
import { decide, type Verdict } from '../decide.ts';
import type { Member, Question } from '../model.ts';

/** Parameters a device of this zone would send: of every condition the first value. */
function paramsOf(zone: CompiledZone): Record<string, string> {
  return Object.fromEntries(zone.conditions.map(({ key, values }) => [key, [...values][0] ?? '']));
}

/** A question as a device of the zone would ask it. */
function questionAt(zone: CompiledZone, merchantUserKey: string): Question {
  return { merchantUserKey, params: paramsOf(zone), siteId: zone.siteId };
}

export interface WhoCan {
  readonly merchantUserKey: string;
  readonly verdict: Verdict;
}

/**
 * Which of these members the rules let into a zone at an instant. What only the guard knows (quotas, presence,
 * modes) is left out of account.
 *
 * @throws RangeError for a zone the release does not define
 */
export function whoCan(
  compiled: CompiledRelease,
  zoneId: string,
  instantMs: number,
  members: Iterable<Member>,
): readonly WhoCan[] {
  const zone = compiled.zones.byId.get(zoneId);
  if (zone === undefined) throw new RangeError(`zone "${zoneId}" is not defined in this release`);
  const able: WhoCan[] = [];
  for (const member of members) {
    const verdict = decide(compiled, member, questionAt(zone, member.merchantUserKey), instantMs);
    if (verdict.effect === 'permit') able.push({ merchantUserKey: member.merchantUserKey, verdict });
  }
  return able;
}

export interface WhereCan {
  readonly zoneId: string;
  readonly siteId: string;
  readonly verdict: Verdict;
}

/** Which zones the rules let a member into at an instant, in the order of the document. */
export function whereCan(compiled: CompiledRelease, member: Member, instantMs: number): readonly WhereCan[] {
  return [...compiled.zones.byId.values()].flatMap((zone): WhereCan[] => {
    const verdict = decide(compiled, member, questionAt(zone, member.merchantUserKey), instantMs);
    return verdict.effect === 'permit' ? [{ zoneId: zone.id, siteId: zone.siteId, verdict }] : [];
  });
}
