import type { Release } from '@facepass-kit/access';
import { parseRelease } from '@facepass-kit/access/schema';

/** Doors on floors and gates, in and out, each in an area, and a rule that forbids some of them. */
export function doors(count: number): Release {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const zones = numbers.map((n) => ({
    id: `door-${n}`,
    match: n % 2 === 0 ? { building: 1, gate: n } : { building: 1, floor: n, side: 'out' },
    direction: n % 2 === 0 ? ('in' as const) : ('out' as const),
    area: `area-${n % 20}`,
  }));
  return parseRelease({
    sites: [{ id: 'site', timeZone: 'Asia/Seoul' }],
    groups: [{ id: 'barred' }],
    areas: numbers.slice(0, 20).map((n) => ({ id: `area-${n}`, maxOccupancy: 10 })),
    zones,
    rules: [
      { id: 'everyone', effect: 'permit', who: { everyone: true }, zones: ['*'] },
      {
        id: 'barred',
        effect: 'forbid',
        who: { groups: ['barred'] },
        zones: zones.flatMap(({ id, direction }) => (direction === 'in' ? [id] : [])),
      },
    ],
  });
}

/** Rules of one door, each for a group of its own. */
export function rulesOfOneDoor(count: number): Release {
  const groups = Array.from({ length: count }, (_, n) => ({ id: `group-${n}` }));
  return parseRelease({
    sites: [{ id: 'site', timeZone: 'Asia/Seoul' }],
    groups,
    zones: [{ id: 'door', match: {} }],
    rules: groups.map(({ id }) => ({ id, effect: 'permit', who: { groups: [id] }, zones: ['door'] })),
  });
}
