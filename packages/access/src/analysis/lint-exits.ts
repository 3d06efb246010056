import type { CompiledRelease, CompiledZone } from '../compile/compiled.ts';
import { directionOf } from '../decide.ts';
import { rulesOf } from '../evaluate-rules.ts';
import { mostSpecificFirst } from '../match-zones.ts';
import type { Finding } from './lint.ts';
import { canMeet, isWithin, zonesOf } from './lint-zones.ts';

/** Ways out that do not open to everybody at all times, and doors that do not say which way they lead. */
export function lintExits(compiled: CompiledRelease): readonly Finding[] {
  const zones = [...compiled.zones.byId.values()];
  const shut = zones.flatMap((zone): Finding[] => {
    const around = zonesOf(zone, zones);
    // As at the door: what a zone does not say, the one around it does.
    if (directionOf(around) !== 'out') return [];
    const finding = (severity: Finding['severity'], why: string): Finding => ({
      code: 'exit_may_stay_shut',
      severity,
      path: ['zones', zone.position],
      message: `zone "${zone.id}" is a way out, and ${why}`,
      hint: 'let everyone out at all times; what keeps people out belongs on the way in',
    });
    const why = whyShut(compiled, around);
    if (why !== null) return [finding('warning', why)];
    const met = forbiddenWhereMet(zone, around, zones);
    return met === null ? [] : [finding('note', met)];
  });
  return [...shut, ...lintDirections(compiled, zones)];
}

/** A forbid of a zone that some devices of a way out match beside it: whether there are such devices is not known. */
function forbiddenWhereMet(
  zone: CompiledZone,
  around: readonly CompiledZone[],
  zones: readonly CompiledZone[],
): string | null {
  for (const other of zones) {
    if (around.includes(other) || other.siteId !== zone.siteId || !canMeet(zone, other)) continue;
    // A narrower zone is a way out itself, and looked at as one.
    if (isWithin(other, zone)) continue;
    if (directionOf([other, ...around].sort(mostSpecificFirst)) !== 'out') continue;
    const forbid = rulesOf([other]).find(({ effect }) => effect === 'forbid');
    if (forbid !== undefined) {
      return `rule "${forbid.id}" forbids leaving by devices of it that match zone "${other.id}" too`;
    }
  }
  return null;
}

function whyShut(compiled: CompiledRelease, zones: readonly CompiledZone[]): string | null {
  const rules = rulesOf(zones);
  const forbid = rules.find(({ effect }) => effect === 'forbid');
  if (forbid !== undefined) return `rule "${forbid.id}" forbids leaving by it`;
  const permits = rules.filter(({ effect }) => effect === 'permit');
  // Without any permit the door is found to be unreachable.
  if (permits.length === 0 || permits.some(({ id }) => opensToAll(compiled, id))) return null;
  return 'no rule opens it to everyone at all times';
}

function opensToAll(compiled: CompiledRelease, ruleId: string): boolean {
  const rule = compiled.rules.get(ruleId);
  if (rule === undefined) return false;
  const { everyone, tags, except } = rule.who;
  const always = rule.schedule === undefined && rule.validFrom === undefined && rule.validUntil === undefined;
  return everyone === true && tags === undefined && except === undefined && always;
}

function lintDirections({ release }: CompiledRelease, zones: readonly CompiledZone[]): Finding[] {
  // A zone that says nothing is as the one around it says.
  const undirected = zones.filter((zone) =>
    zonesOf(zone, zones).every(({ direction }) => direction === null),
  );
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
