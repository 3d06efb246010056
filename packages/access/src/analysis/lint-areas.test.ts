import { describe, expect, it } from 'vitest';
import { now, permit, type RuleInput } from '../../test/lint-findings.ts';
import type { ReleaseInput } from '../index.ts';
import { parseRelease } from '../schema/index.ts';
import { lint } from './index.ts';

describe('lint of areas', () => {
  const about = (area: object, zones: NonNullable<ReleaseInput['zones']>, rules: RuleInput[]) =>
    lint(
      parseRelease({
        sites: [{ id: 's', timeZone: 'Asia/Seoul' }],
        groups: [{ id: 'members' }, { id: 'hosts', parents: ['members'] }, { id: 'guests' }],
        areas: [{ id: 'room', ...area }],
        zones,
        rules,
      }),
      now,
    )
      .filter(({ path }) => path[0] === 'areas')
      .map(({ code }) => code);
  const inside = { id: 'in', match: { door: 1 }, area: 'room' };
  const outside = { id: 'out', match: { door: 2 }, area: 'room', direction: 'out' as const };
  const rule: RuleInput = { ...permit, zones: ['in'] };

  it('finds areas without doors, or without a way out where people are counted', () => {
    expect(about({}, [{ id: 'x', match: {} }], [])).toEqual(['unused_area']);
    expect(about({}, [inside], [rule])).toEqual([]);
    expect(about({ maxOccupancy: 5 }, [inside], [rule])).toEqual(['area_without_exit']);
    expect(about({ antiPassback: { mode: 'hard' } }, [inside], [rule])).toEqual(['area_without_exit']);
    expect(about({ antiPassback: { mode: 'soft' } }, [inside], [rule])).toEqual([]);
    expect(about({ maxOccupancy: 5 }, [inside, outside], [rule])).toEqual([]);
    // A door belongs to the area that the zone around it names.
    const hall = { id: 'hall', match: { floor: 1 }, area: 'area' };
    const gate = { id: 'gate', match: { floor: 1, side: 'out' }, direction: 'out' as const };
    expect(about({ maxOccupancy: 5 }, [hall, gate], [{ ...rule, zones: ['hall'] }])).toEqual([]);
  });

  it('finds a first person whom nothing lets in', () => {
    const first = { firstPerson: { groups: ['guests'] } };
    expect(about(first, [inside], [rule])).toEqual(['first_person_cannot_come']);
    expect(about({ firstPerson: { groups: ['hosts'] } }, [inside], [rule])).toEqual([]);
    expect(
      about({ firstPerson: { groups: ['members'] } }, [inside], [{ ...rule, who: { groups: ['hosts'] } }]),
    ).toEqual([]);
    expect(about(first, [inside], [{ ...rule, who: { everyone: true } }])).toEqual([]);
    expect(about(first, [inside], [{ ...rule, effect: 'forbid', who: { groups: ['guests'] } }])).toEqual([
      'first_person_cannot_come',
    ]);
    expect(about({ ...first, bypassGroups: ['hosts'] }, [inside], [rule])).toEqual([]);
  });
});
