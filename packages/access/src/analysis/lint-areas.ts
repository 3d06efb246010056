import type { CompiledRelease, CompiledZone } from '../compile/compiled.ts';
import { areaOf, directionOf } from '../decide.ts';
import { rulesOf } from '../evaluate-rules.ts';
import type { Area, Direction } from '../model.ts';
import type { Finding } from './lint.ts';
import type { ZonesAround } from './zone-overlaps.ts';

interface Door {
  readonly zone: CompiledZone;
  readonly direction: Direction;
}

/** Areas without doors, that nobody can leave on record, or whose first person cannot come. */
export function lintAreas(compiled: CompiledRelease, zonesAround: ZonesAround): readonly Finding[] {
  if (compiled.release.areas.length === 0) return [];
  const zones = [...compiled.zones.byId.values()];
  const doorsOf = new Map<string, Door[]>();
  for (const zone of zones) {
    const around = zonesAround(zone);
    const areaId = areaOf(around);
    if (areaId === null) continue;
    const doors = doorsOf.get(areaId) ?? [];
    doorsOf.set(areaId, doors);
    doors.push({ zone, direction: directionOf(around) });
  }
  return compiled.release.areas.flatMap((area, position): Finding[] => {
    const path = ['areas', position];
    const doors = doorsOf.get(area.id);
    if (doors === undefined) {
      return [{ code: 'unused_area', severity: 'note', path, message: `area "${area.id}" has no door` }];
    }
    const findings: Finding[] = [];
    const counts = area.antiPassback?.mode === 'hard' || area.maxOccupancy !== undefined;
    if (counts && !doors.some(({ direction }) => direction === 'out')) {
      findings.push({
        code: 'area_without_exit',
        severity: 'warning',
        path,
        message: `area "${area.id}" has no door with direction "out": whoever is in stays in until ${area.resetAt}`,
      });
    }
    if (
      area.firstPerson !== undefined &&
      !firstPersonCanCome(
        compiled,
        area,
        area.firstPerson.groups,
        doors.flatMap(({ zone, direction }) => (direction === 'in' ? [zone] : [])),
      )
    ) {
      findings.push({
        code: 'first_person_cannot_come',
        severity: 'warning',
        path,
        message: `no permit rule lets ${area.firstPerson.groups.join(' or ')} into area "${area.id}": nobody will ever come in`,
      });
    }
    return findings;
  });
}

function firstPersonCanCome(
  compiled: CompiledRelease,
  { bypassGroups }: Area,
  groups: readonly string[],
  entries: readonly CompiledZone[],
): boolean {
  if (bypassGroups.length > 0) return true;
  const permits = rulesOf(entries).filter(({ effect }) => effect === 'permit');
  return permits.some(({ id }) => {
    const who = compiled.rules.get(id)?.who;
    if (who?.groups === undefined) return true;
    return who.groups.some((named) => groups.some((group) => related(compiled, named, group)));
  });
}

/** Whether somebody can be in both groups by the groups' own order: one is above the other. */
function related(compiled: CompiledRelease, a: string, b: string): boolean {
  return (compiled.groups.get(a)?.includes(b) ?? false) || (compiled.groups.get(b)?.includes(a) ?? false);
}
