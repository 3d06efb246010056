import { describe, expect, it } from 'vitest';
import type { ReleaseInput } from '../index.ts';
import { parseRelease } from '../schema/index.ts';
import { compile } from './index.ts';

type RuleInput = NonNullable<ReleaseInput['rules']>[number];

const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, position) => `${prefix}${position}`);

/** The scopes of each of twenty doors. */
function scopesUnder(...rules: Partial<RuleInput>[]) {
  const { zones } = compile(
    parseRelease({
      sites: [{ id: 's', timeZone: 'Asia/Seoul' }],
      groups: named('g', 20).map((id) => ({ id })),
      zones: named('z', 20).map((id) => ({ id, match: { door: id } })),
      rules: rules.map((rule, n) => ({
        id: `r${n}`,
        effect: 'permit' as const,
        who: { everyone: true as const },
        zones: ['z0'],
        ...rule,
      })),
    }),
  );
  const found = [...zones.byId.values()].map(({ scopes }) => scopes);
  return { found, ids: found.map((scopes) => scopes.map(({ rules }) => rules.map(({ id }) => id).join())) };
}

describe('the rules of a zone', () => {
  it('stand in no scope where there are none', () => {
    expect(new Set(scopesUnder().ids.flat())).toEqual(new Set());
    const { ids } = scopesUnder({ zones: ['z1'] });
    expect(ids.slice(0, 3)).toEqual([[], ['r0'], []]);
  });

  it('stand together where they are few, and under each of their zones', () => {
    const { ids, found } = scopesUnder(
      { zones: ['z0', 'z1'], who: { groups: ['g0', 'g1'] } },
      { zones: ['z1'], who: { members: ['m'] } },
    );
    expect(ids.slice(0, 3)).toEqual([['r0'], ['r0,r1'], []]);
    expect(found[0]?.[0]?.rules[0]).toBe(found[1]?.[0]?.rules[0]);
  });

  it('stand once for all zones, beside those of a zone of its own', () => {
    const { ids, found } = scopesUnder({ zones: ['*'] }, { zones: ['z0'] }, { zones: ['*', 'z1'] });
    expect(ids.slice(0, 3)).toEqual([['r1', 'r0,r2'], ['r0,r2'], ['r0,r2']]);
    expect(found[1]?.[0]).toBe(found[2]?.[0]);
  });

  it.each([
    ['groups', (count: number) => ({ groups: named('g', count) })],
    ['members', (count: number) => ({ members: named('m', count) })],
  ])('are shared by many zones where each names many %s', (_, who) => {
    const apart = scopesUnder({ zones: named('z', 16), who: who(16) });
    expect(apart.found[0]?.[0]).not.toBe(apart.found[1]?.[0]);
    const shared = scopesUnder({ zones: named('z', 17), who: who(17) });
    expect(shared.found[0]?.[0]).toBe(shared.found[16]?.[0]);
    expect([shared.ids[0], shared.ids[16], shared.ids[17]]).toEqual([['r0'], ['r0'], []]);
  });

  it('are shared by the same zones in whatever order they are named', () => {
    const who = { groups: named('g', 17) };
    const zones = named('z', 17);
    const { ids } = scopesUnder({ zones, who }, { zones: zones.toReversed(), who });
    expect(ids[0]).toEqual(['r0,r1']);
  });
});
