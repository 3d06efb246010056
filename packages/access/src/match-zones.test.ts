import { describe, expect, it } from 'vitest';
import { compile, decide, type Question, type ReleaseInput } from './index.ts';
import { parseRelease } from './schema/index.ts';

type Zones = NonNullable<ReleaseInput['zones']>;

/** Zone ids a device matches, or why none; sites `a` and `b` are there. */
function matched(zones: Zones, params: Question['params'], siteId?: string): readonly string[] | string {
  const sites = ['a', 'b'].map((id) => ({ id, timeZone: 'Asia/Seoul' }));
  const compiled = compile(parseRelease({ sites, zones, areas: [{ id: 'area' }] }));
  const { zoneIds, reason } = decide(compiled, null, { merchantUserKey: 'm', params, siteId }, 0);
  return zoneIds.length === 0 ? reason : zoneIds;
}

describe('the zones of a question', () => {
  it('come with the most conditions first, and else as they stand in the document', () => {
    const zones: Zones = [
      { id: 'everywhere', site: 'a', match: {} },
      { id: 'by-gate', site: 'a', match: { gate: 1 } },
      { id: 'by-floor', site: 'a', match: { floor: 1 } },
      { id: 'by-wing', site: 'a', match: { wing: 1 } },
      { id: 'by-both', site: 'a', match: { wing: 1, floor: 1 } },
    ];
    const inOrder = ['by-both', 'by-gate', 'by-floor', 'by-wing', 'everywhere'];
    expect(matched(zones, { wing: 1, floor: 1, gate: 1 })).toEqual(inOrder);
    expect(matched(zones, { gate: 1, floor: 1, wing: 1 })).toEqual(inOrder);
    expect(matched(zones.toReversed(), { gate: 1, floor: 1, wing: 1 })).toEqual([
      'by-both',
      'by-wing',
      'by-floor',
      'by-gate',
      'everywhere',
    ]);
  });

  it('stand as in the document, also where others that share their parameter are between them', () => {
    const zones: Zones = [
      { id: 'first', site: 'a', match: { gate: [1, 2] } },
      { id: 'second', site: 'a', match: { floor: 1 } },
      { id: 'third', site: 'a', match: { gate: [1, 3] } },
    ];
    expect(matched(zones, { gate: 1, floor: 1 })).toEqual(['first', 'second', 'third']);
  });

  it('are those of one site: the one with the most specific zone', () => {
    const zones: Zones = [
      { id: 'gate-b', site: 'b', match: { gate: 1 } },
      { id: 'gate-a', site: 'a', match: { gate: 1, floor: 1 } },
      { id: 'site-b', site: 'b', match: {} },
    ];
    expect(matched(zones, { gate: 1, floor: 1 })).toEqual(['gate-a']);
    expect(matched(zones, { gate: 1 })).toEqual(['gate-b', 'site-b']);
    expect(matched(zones, { gate: 1, floor: 1 }, 'b')).toEqual(['gate-b', 'site-b']);
  });

  it('are none where sites are equally near', () => {
    const zones: Zones = [
      { id: 'gate-a', site: 'a', match: { gate: 1 } },
      { id: 'gate-b', site: 'b', match: { gate: 1 } },
      { id: 'all-a', site: 'a', match: {} },
    ];
    expect(matched(zones, { gate: 1 })).toBe('ambiguous_zone');
    expect(matched(zones, { gate: 1 }, 'a')).toEqual(['gate-a', 'all-a']);
    expect(matched(zones, { gate: 2 })).toEqual(['all-a']);
    expect(matched(zones, { gate: 2 }, 'b')).toBe('no_zone');
  });

  it('are found under whichever parameter fewest zones share, with any of several values', () => {
    const zones: Zones = Array.from({ length: 6 }, (_, position) => ({
      id: `z${position}`,
      site: 'a',
      match: { building: [1, 2], door: [position, `x${position}`] },
    }));
    expect(matched(zones, { building: 2, door: 'x4' })).toEqual(['z4']);
    expect(matched(zones, { building: 3, door: 4 })).toBe('no_zone');
    expect(matched(zones, { door: 4 })).toBe('no_zone');
  });

  it('compare truth values, lists and objects by their text, and nothing with nothing', () => {
    const zones: Zones = [
      { id: 'open', site: 'a', match: { vip: true } },
      { id: 'list', site: 'a', match: { path: ['["a",1]', '{"b":2}'] } },
      { id: 'mixed', site: 'a', match: { mixed: '[null,true,1,"a",{"b":[false]}]' } },
      { id: 'null', site: 'a', match: { none: ['null', 'undefined', ''] } },
    ];
    expect(matched(zones, { vip: true })).toEqual(['open']);
    expect(matched(zones, { vip: 'true' })).toEqual(['open']);
    expect(matched(zones, { path: ['a', 1] })).toEqual(['list']);
    expect(matched(zones, { path: { b: 2 } })).toEqual(['list']);
    expect(matched(zones, { path: { b: 2, c: undefined } })).toEqual(['list']);
    expect(matched(zones, { mixed: [null, true, 1, 'a', { b: [false] }] })).toEqual(['mixed']);
    expect(matched(zones, { none: null })).toBe('no_zone');
    expect(matched(zones, { none: undefined })).toBe('no_zone');
    expect(matched(zones, {})).toBe('no_zone');
  });

  it('are found under names and values written decomposed, and never under inherited ones', () => {
    const zones: Zones = [
      { id: 'hangul', site: 'a', match: { 층: '로비' } },
      { id: 'accent', site: 'a', match: { é: 'é' } },
      { id: 'grave', site: 'a', match: { wing: 'è' } },
      { id: 'inherited', site: 'a', match: { toString: ['x'] } },
    ];
    expect(matched(zones, { ['층'.normalize('NFD')]: '로비'.normalize('NFD') })).toEqual(['hangul']);
    expect(matched(zones, { 층: '로비' })).toEqual(['hangul']);
    expect(matched(zones, { 'e\u0301': 'e\u0301' })).toEqual(['accent']);
    expect(matched(zones, { wing: 'e\u0300' })).toEqual(['grave']);
    expect(matched(zones, { é: 'e' })).toBe('no_zone');
    expect(matched(zones, { undefined: 'é' })).toBe('no_zone');
    expect(matched(zones, { other: 'é' })).toBe('no_zone');
    expect(matched(zones, { other: 'x', 'e\u0301': 'é' })).toEqual(['accent']);
    expect(matched(zones, {})).toBe('no_zone');
  });

  it('give direction and area as the most specific zone that states them', () => {
    const compiled = compile(
      parseRelease({
        sites: [{ id: 'a', timeZone: 'Asia/Seoul', locale: 'en' }],
        areas: [{ id: 'area' }, { id: 'other' }],
        zones: [
          { id: 'wide', match: {}, direction: 'out', area: 'area' },
          { id: 'middle', match: { x: 1 }, direction: 'in' },
          { id: 'narrow', match: { x: 1, y: 1 } },
          { id: 'bare', match: { x: 1, y: 1, z: 1 }, area: 'other' },
        ],
      }),
    );
    const verdict = (params: Question['params']) =>
      decide(compiled, null, { merchantUserKey: 'm', params }, 0);
    expect(verdict({})).toMatchObject({ direction: 'out', areaId: 'area', locale: 'en' });
    expect(verdict({ x: 1 })).toMatchObject({ direction: 'in', areaId: 'area' });
    expect(verdict({ x: 1, y: 1 })).toMatchObject({ zoneId: 'narrow', direction: 'in', areaId: 'area' });
    expect(verdict({ x: 1, y: 1, z: 1 })).toMatchObject({ areaId: 'other' });
  });
});

describe('a parameter that has no one text', () => {
  const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}1${']'.repeat(depth)}`);

  it('matches no zone instead of failing the question', () => {
    const zones: Zones = [
      { id: 'floor', site: 'a', match: { floor: [1, '[[1]]', 'Infinity', 'NaN', '[null]'] } },
    ];
    expect(matched(zones, { floor: nested(2) })).toEqual(['floor']);
    const odd = [
      1n,
      () => 1,
      nested(40),
      nested(30_000),
      JSON.parse('1e999'),
      JSON.parse('[1e999]'),
      Number.NaN,
      [1n],
      [1, 1n],
      [undefined],
      [() => 1],
    ];
    for (const floor of odd) expect(matched(zones, { floor })).toBe('no_zone');
  });

  it('is not taken for another that is read as the same number', () => {
    const zones: Zones = [
      { id: 'device', site: 'a', match: { device: '9007199254740992' } },
      { id: 'largest', site: 'a', match: { device: '9007199254740991' } },
    ];
    expect(matched(zones, { device: 9_007_199_254_740_991 })).toEqual(['largest']);
    expect(matched(zones, { device: '9007199254740992' })).toEqual(['device']);
    expect(matched(zones, JSON.parse('{"device":9007199254740993}'))).toBe('no_zone');
    expect(matched(zones, JSON.parse('{"device":[9007199254740993]}'))).toBe('no_zone');
  });
});
