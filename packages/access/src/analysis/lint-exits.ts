import type { CompiledRelease, CompiledZone } from '../compile/compiled.ts';
import { mostSpecificFirst } from '../match-zones.ts';
import type { Finding } from './lint.ts';
import { type ScopeFacts, scopeFacts } from './scope-facts.ts';
import { firstMeeting, isWithin, type ZonesAround } from './zone-overlaps.ts';

/** Ways out that do not open to everybody at all times, and doors that do not say which way they lead. */
export function lintExits(compiled: CompiledRelease, zonesAround: ZonesAround): readonly Finding[] {
  const zones = [...compiled.zones.byId.values()];
  const facts = scopeFacts(compiled, zones);
  const firstForbidding = firstMeeting(zones.filter((zone) => facts([zone]).forbidId !== null));
  const shut = zones.flatMap((zone): Finding[] => {
    const around = zonesAround(zone);
    // As at the door: what a zone does not say, the one around it does.
    const speaking = around.filter(({ direction }) => direction !== null);
    if (speaking[0]?.direction !== 'out') return [];
    const finding = (severity: Finding['severity'], why: string): Finding => ({
      code: 'exit_may_stay_shut',
      severity,
      path: ['zones', zone.position],
      message: `zone "${zone.id}" is a way out, and ${why}`,
      hint: 'let everyone out at all times; what keeps people out belongs on the way in',
    });
    const why = whyShut(facts(around));
    if (why !== null) return [finding('warning', why)];
    // Some devices of the way out may match a zone beside it that a rule forbids: whether there are any is not known.
    const [first = zone] = speaking.toSorted(mostSpecificFirst);
    const met = firstForbidding(
      zone,
      (other) =>
        other.siteId === zone.siteId &&
        isWayOut(other, first) &&
        !around.includes(other) &&
        // A narrower zone is a way out itself, and looked at as one.
        !isWithin(other, zone),
    );
    if (met === undefined) return [];
    const { forbidId } = facts([met]);
    return [
      finding('note', `rule "${forbidId}" forbids leaving by devices of it that match zone "${met.id}" too`),
    ];
  });
  return [...shut, ...lintDirections(compiled, zones, zonesAround)];
}

/** Whether devices that match both zones are on the way out: the more specific one that says anything counts. */
function isWayOut(other: CompiledZone, first: CompiledZone): boolean {
  const isSilent = other.direction === null || mostSpecificFirst(first, other) < 0;
  return (isSilent ? first : other).direction === 'out';
}

function whyShut({ forbidId, hasPermit, opensToAll }: ScopeFacts): string | null {
  if (forbidId !== null) return `rule "${forbidId}" forbids leaving by it`;
  // Without any permit the door is found to be unreachable.
  return hasPermit && !opensToAll ? 'no rule opens it to everyone at all times' : null;
}

function lintDirections(
  { release }: CompiledRelease,
  zones: readonly CompiledZone[],
  zonesAround: ZonesAround,
): Finding[] {
  // A zone that says nothing is as the one around it says.
  const undirected = zones.filter((zone) => zonesAround(zone).every(({ direction }) => direction === null));
  return release.sites.flatMap(({ id }, position): Finding[] => {
    const silent = undirected.filter(({ siteId }) => siteId === id);
    if (silent.length === 0) return [];
    return [
      {
        code: 'doors_without_direction',
        severity: 'note',
        path: ['sites', position],
        message: `${silent.length} zones of site "${id}" do not say which way they lead: ${named(silent)}`,
        hint: 'an evacuation opens such doors to everybody; write direction: in where that must not be',
      },
    ];
  });
}

const NAMED_MAX = 5;

function named(zones: readonly CompiledZone[]): string {
  const names = zones.slice(0, NAMED_MAX).map(({ id }) => id);
  return [...names, ...(zones.length > NAMED_MAX ? ['…'] : [])].join(', ');
}
