import type { Release, Zone } from '../model.ts';
import type { CompiledZone, ValueCondition, ZoneIndex } from './compiled.ts';

/** Conditions of a `match`; the schema has brought names and values into NFC. */
function compileConditions(match: Zone['match']): readonly ValueCondition[] {
  return Object.entries(match).map(([key, values]) => ({
    key,
    values: new Set(values),
  }));
}

/** Zones with their rules, findable by the parameters of a device. */
export function compileZones(
  release: Release,
  siteOf: (zone: Zone) => string,
  scopesOf: (zone: Zone) => CompiledZone['scopes'],
): ZoneIndex {
  const zones = release.zones.map(
    (zone, position): CompiledZone => ({
      id: zone.id,
      label: zone.name ?? zone.id,
      siteId: siteOf(zone),
      position,
      conditions: compileConditions(zone.match),
      direction: zone.direction ?? null,
      areaId: zone.area ?? null,
      display: zone.display ?? null,
      scopes: scopesOf(zone),
    }),
  );
  const popularity = countValues(zones);
  const byParam = new Map<string, Map<string, CompiledZone[]>>();
  for (const zone of zones) {
    const anchor = rarestCondition(zone, popularity);
    if (anchor === undefined) continue;
    const byValue = byParam.get(anchor.key) ?? new Map<string, CompiledZone[]>();
    byParam.set(anchor.key, byValue);
    for (const value of anchor.values) {
      const sharing = byValue.get(value);
      if (sharing === undefined) byValue.set(value, [zone]);
      else sharing.push(zone);
    }
  }
  return {
    byId: new Map(zones.map((zone) => [zone.id, zone])),
    byParam,
    everywhere: zones.filter((zone) => zone.conditions.length === 0),
  };
}

type Popularity = ReadonlyMap<string, ReadonlyMap<string, number>>;

function countValues(zones: readonly CompiledZone[]): Popularity {
  const counts = new Map<string, Map<string, number>>();
  for (const { conditions } of zones) {
    for (const { key, values } of conditions) {
      const byValue = counts.get(key) ?? new Map<string, number>();
      counts.set(key, byValue);
      for (const value of values) byValue.set(value, (byValue.get(value) ?? 0) + 1);
    }
  }
  return counts;
}

/** The condition whose values the fewest zones share: looking there meets the fewest zones in vain. */
function rarestCondition(zone: CompiledZone, popularity: Popularity): ValueCondition | undefined {
  let rarest: ValueCondition | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const condition of zone.conditions) {
    const byValue = popularity.get(condition.key);
    let most = 0;
    for (const value of condition.values) most = Math.max(most, byValue?.get(value) ?? 0);
    if (most < fewest) {
      fewest = most;
      rarest = condition;
    }
  }
  return rarest;
}
