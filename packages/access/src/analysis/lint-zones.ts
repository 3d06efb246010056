import type { CompiledRelease, CompiledZone } from '../compile/compiled.ts';
import type { Finding } from './lint.ts';
import { scopeFacts } from './scope-facts.ts';
import { firstMeeting, type ZonesAround } from './zone-overlaps.ts';

/** Doors nobody gets through, and zones that stand in each other's way. */
export function lintZones(compiled: CompiledRelease, around: ZonesAround): readonly Finding[] {
  const zones = [...compiled.zones.byId.values()];
  const facts = scopeFacts(compiled, zones);
  const firstRival = firstRivalAmong(zones);
  const byDevices = new Map<string, CompiledZone>();
  return zones.flatMap((zone): Finding[] => {
    const path = ['zones', zone.position];
    const findings: Finding[] = [];
    if (!facts(around(zone)).hasPermit) {
      findings.push({
        code: 'unreachable_zone',
        severity: 'warning',
        path,
        message: `nobody may enter zone "${zone.id}": no permit rule names it`,
      });
    }
    const devices = devicesOf(zone);
    const twin = byDevices.get(devices);
    if (twin !== undefined) {
      const message = `zone "${zone.id}" matches the same devices as "${twin.id}", which is the one named in decisions`;
      findings.push({ code: 'hidden_zone', severity: 'warning', path, message });
      return findings;
    }
    byDevices.set(devices, zone);
    const rival = firstRival(zone);
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

/** One text for zones of a site that match the same devices. */
function devicesOf({ siteId, conditions }: CompiledZone): string {
  const written = conditions.map(({ key, values }) => JSON.stringify([key, [...values].sort()]));
  return JSON.stringify([siteId, written.sort()]);
}

/** Finds an earlier zone that says something else of devices that match both, when neither is the more specific one. */
function firstRivalAmong(zones: readonly CompiledZone[]): (zone: CompiledZone) => CompiledZone | undefined {
  const counts = new Set(zones.map(({ conditions }) => conditions.length));
  const firstWith = new Map(
    [...counts].map((count) => [
      count,
      firstMeeting(zones.filter(({ conditions }) => conditions.length === count)),
    ]),
  );
  return (zone) =>
    firstWith.get(zone.conditions.length)?.(
      zone,
      (other) =>
        other.position < zone.position &&
        (other.siteId !== zone.siteId || other.direction !== zone.direction || other.areaId !== zone.areaId),
    );
}
