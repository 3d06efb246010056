import type { CompiledRelease, CompiledZone } from '../compile/compiled.ts';
import { mostSpecificFirst } from '../match-zones.ts';

/** Zones that every device of a zone matches too: the zone itself first, then as a question finds them. */
export type ZonesAround = (zone: CompiledZone) => readonly CompiledZone[];

/** Looks for the zones around each zone where a question would: not at each zone for each other. */
export function zonesAround({ zones }: CompiledRelease): ZonesAround {
  const known = new Map<CompiledZone, readonly CompiledZone[]>();
  const look: ZonesAround = (zone) => {
    // Whatever holds all devices of a zone has every value of it that it asks for: looking under one will do.
    const candidates = zone.conditions.flatMap(({ key, values: [value = ''] }) => [
      ...(zones.byParam.get(key)?.get(value) ?? []),
    ]);
    const around = [...candidates, ...zones.everywhere].filter(
      (other) => other !== zone && other.siteId === zone.siteId && isWithin(zone, other),
    );
    return [zone, ...around.sort(mostSpecificFirst)];
  };
  return (zone) => {
    const around = known.get(zone) ?? look(zone);
    known.set(zone, around);
    return around;
  };
}

/** Whether every device that matches `inner` matches `outer`. */
export function isWithin(inner: CompiledZone, outer: CompiledZone): boolean {
  return outer.conditions.every(({ key, values }) => {
    const own = inner.conditions.find((condition) => condition.key === key);
    return own !== undefined && [...own.values].every((value) => values.has(value));
  });
}

/** Whether some device can match both. */
function canMeet(a: CompiledZone, b: CompiledZone): boolean {
  return a.conditions.every(({ key, values }) => {
    const other = b.conditions.find((condition) => condition.key === key);
    return other === undefined || [...other.values].some((value) => values.has(value));
  });
}

/** Zones that ask for the same parameters. */
interface SameKeys {
  readonly keys: ReadonlySet<string>;
  readonly zones: CompiledZone[];
  readonly byValue: Map<string, CompiledZone[]>;
}

/**
 * Finds the first of these zones, as they stand in the document, that some device can match beside another zone.
 * `accepts` is asked first, and should be cheap: zones that ask for quite different parameters all meet.
 */
export function firstMeeting(
  zones: readonly CompiledZone[],
): (zone: CompiledZone, accepts: (other: CompiledZone) => boolean) => CompiledZone | undefined {
  const groups = groupByKeys(zones);
  return (zone, accepts) => {
    const found = groups.flatMap((group) => {
      const meets = (other: CompiledZone): boolean => accepts(other) && canMeet(zone, other);
      const lists = candidatesIn(group, zone);
      return lists.flatMap((list) => list.find(meets) ?? []);
    });
    return found.reduce<CompiledZone | undefined>(
      (first, other) => (first === undefined || other.position < first.position ? other : first),
      undefined,
    );
  };
}

function groupByKeys(zones: readonly CompiledZone[]): readonly SameKeys[] {
  const groups = new Map<string, SameKeys>();
  for (const zone of zones) {
    const keys = zone.conditions.map(({ key }) => key).sort();
    const name = JSON.stringify(keys);
    const group: SameKeys = groups.get(name) ?? { keys: new Set(keys), zones: [], byValue: new Map() };
    groups.set(name, group);
    group.zones.push(zone);
    for (const { key, values } of zone.conditions) {
      for (const value of values) append(group.byValue, entryOf(key, value), zone);
    }
  }
  return [...groups.values()];
}

/** Lists of the zones that can meet one: all of them, or those with a value of a parameter that both ask for. */
function candidatesIn(group: SameKeys, { conditions }: CompiledZone): readonly (readonly CompiledZone[])[] {
  let fewest: readonly (readonly CompiledZone[])[] = [group.zones];
  let size = Number.POSITIVE_INFINITY;
  for (const { key, values } of conditions) {
    if (!group.keys.has(key)) continue;
    const lists = [...values].map((value) => group.byValue.get(entryOf(key, value)) ?? []);
    const count = lists.reduce((sum, list) => sum + list.length, 0);
    if (count < size) {
      fewest = lists;
      size = count;
    }
  }
  return fewest;
}

function entryOf(key: string, value: string): string {
  return JSON.stringify([key, value]);
}

function append(map: Map<string, CompiledZone[]>, name: string, zone: CompiledZone): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [zone]);
  else list.push(zone);
}
