import type { CompiledRelease, CompiledZone } from '../compile/compiled.ts';
import { rulesOf } from '../evaluate-rules.ts';
import type { Finding } from './lint.ts';
import { isWithin } from './lint-zones.ts';

/** Ways out that do not open to everybody at all times, and doors that do not say which way they lead. */
export function lintExits(compiled: CompiledRelease): readonly Finding[] {
  const zones = [...compiled.zones.byId.values()];
  const shut = zones.flatMap((zone): Finding[] => {
    if (zone.direction !== 'out') return [];
    const why = whyShut(compiled, [zone, ...zones.filter((other) => surrounds(other, zone))]);
    if (why === null) return [];
    return [
      {
        code: 'exit_may_stay_shut',
        severity: 'warning',
        path: ['zones', zone.position],
        message: `zone "${zone.id}" is a way out, and ${why}`,
        hint: 'let everyone out at all times; what keeps people out belongs on the way in',
      },
    ];
  });
  return [...shut, ...lintDirections(compiled, zones)];
}

function surrounds(other: CompiledZone, zone: CompiledZone): boolean {
  return other !== zone && other.siteId === zone.siteId && isWithin(zone, other);
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
  return release.sites.flatMap(({ id }, position): Finding[] => {
    const silent = zones.filter(({ siteId, direction }) => siteId === id && direction === null);
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
