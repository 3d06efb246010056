import type { CompiledRelease, CompiledZone } from '../compile/compiled.ts';
import { mostSpecificFirst } from '../match-zones.ts';
import type { Finding } from './lint.ts';

/** Doors nobody gets through, and zones that stand in each other's way. */
export function lintZones(compiled: CompiledRelease): readonly Finding[] {
  const zones = [...compiled.zones.byId.values()];
  return zones.flatMap((zone): Finding[] => {
    const path = ['zones', zone.position];
    const findings: Finding[] = [];
    const scopes = zonesOf(zone, zones).flatMap((each) => each.scopes);
    if (!scopes.some(({ rules }) => rules.some(({ effect }) => effect === 'permit'))) {
      findings.push({
        code: 'unreachable_zone',
        severity: 'warning',
        path,
        message: `nobody may enter zone "${zone.id}": no permit rule names it`,
      });
    }
    const earlier = zones.slice(0, zone.position);
    const twin = earlier.find(
      (other) => other.siteId === zone.siteId && isWithin(zone, other) && isWithin(other, zone),
    );
    if (twin !== undefined) {
      const message = `zone "${zone.id}" matches the same devices as "${twin.id}", which is the one named in decisions`;
      findings.push({ code: 'hidden_zone', severity: 'warning', path, message });
      return findings;
    }
    const rival = earlier.find((other) => areRivals(zone, other));
    if (rival !== undefined) {
      const across = rival.siteId !== zone.siteId;
      findings.push({
        code: 'ambiguous_zones',
        severity: across ? 'warning' : 'note',
        path,
        message: across
          ? `a device can match zone "${zone.id}" and zone "${rival.id}" of another site alike, and is then denied`
          : `a device can match zone "${zone.id}" and zone "${rival.id}" alike; "${rival.id}", which comes first, counts`,
        hint: across
          ? 'match on a parameter that tells the sites apart, or name the site with the question'
          : 'match one of them on another parameter too',
      });
    }
    return findings;
  });
}

/** Whether every device that matches `inner` matches `outer`. */
export function isWithin(inner: CompiledZone, outer: CompiledZone): boolean {
  return outer.conditions.every(({ key, values }) => {
    const own = inner.conditions.find((condition) => condition.key === key);
    return own !== undefined && [...own.values].every((value) => values.has(value));
  });
}

/** Zones that every device of a zone matches too: the zone itself first, then as a question finds them. */
export function zonesOf(zone: CompiledZone, zones: readonly CompiledZone[]): readonly CompiledZone[] {
  const around = zones.filter(
    (other) => other !== zone && other.siteId === zone.siteId && isWithin(zone, other),
  );
  return [zone, ...around.sort(mostSpecificFirst)];
}

/** Whether some device can match both. */
export function canMeet(a: CompiledZone, b: CompiledZone): boolean {
  return a.conditions.every(({ key, values }) => {
    const other = b.conditions.find((condition) => condition.key === key);
    return other === undefined || [...other.values].some((value) => values.has(value));
  });
}

/** Whether some device matches both, and neither is the more specific one. Matters where they say different things. */
function areRivals(a: CompiledZone, b: CompiledZone): boolean {
  if (a.conditions.length !== b.conditions.length) return false;
  const differ = a.siteId !== b.siteId || a.direction !== b.direction || a.areaId !== b.areaId;
  return differ && canMeet(a, b);
}
