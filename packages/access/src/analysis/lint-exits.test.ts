import { describe, expect, it } from 'vitest';
import { findings, forbid, now, type RuleInput } from '../../test/lint-findings.ts';
import { release } from '../../test/venue.ts';
import type { ReleaseInput } from '../index.ts';
import { lint } from './index.ts';

describe('lint of ways out', () => {
  const exit = { id: 'out', match: { door: 2 }, direction: 'out' as const };
  const everyone: RuleInput = { id: 'go', effect: 'permit', who: { everyone: true }, zones: ['out'] };
  const about = (...rules: RuleInput[]) =>
    findings({ zones: [exit, { id: 'hall', match: {}, direction: 'in' }], rules }).filter((finding) =>
      finding.startsWith('exit'),
    );

  it('finds those that may stay shut to somebody', () => {
    expect(about(everyone)).toEqual([]);
    expect(about({ ...everyone, zones: ['hall'] })).toEqual([]);
    expect(about()).toEqual([]);
    const found = ['exit_may_stay_shut zones.0'];
    expect(about({ ...everyone, who: { groups: ['people'] } })).toEqual(found);
    expect(about({ ...everyone, who: { everyone: true, tags: { a: 'b' } } })).toEqual(found);
    expect(about({ ...everyone, who: { everyone: true, except: { members: ['m'] } } })).toEqual(found);
    expect(about({ ...everyone, schedule: 'day' })).toEqual(found);
    expect(about({ ...everyone, validFrom: '2026-01-01' })).toEqual(found);
    expect(about({ ...everyone, validUntil: '2030-01-01' })).toEqual(found);
    expect(about(everyone, { ...everyone, id: 'b', schedule: 'day' })).toEqual([]);
    expect(about(everyone, { ...forbid, zones: ['hall'] })).toEqual(found);
  });

  it('finds them also where the zone around says which way they lead', () => {
    const within = { id: 'gate', match: { door: 2, gate: 1 } };
    const rules = [everyone, { ...forbid, zones: ['gate'] }];
    const ofZones = findings({ zones: [exit, within], rules }).filter(
      (finding) => !finding.startsWith('unused'),
    );
    expect(ofZones).toEqual(['calendar_ends calendars.0', 'exit_may_stay_shut zones.1']);
  });

  it('notes a forbid of a zone that devices of a way out may match too', () => {
    const exits = (gym: NonNullable<ReleaseInput['zones']>[number]) =>
      lint(release({ zones: [exit, gym], rules: [everyone, { ...forbid, zones: ['gym'] }] }), now).filter(
        ({ code }) => code === 'exit_may_stay_shut',
      );
    expect(exits({ id: 'gym', match: { floor: 10 } })).toMatchObject([
      {
        severity: 'note',
        path: ['zones', 0],
        message:
          'zone "out" is a way out, and rule "f" forbids leaving by devices of it that match zone "gym" too',
      },
    ]);
    // Devices of both are on the way in, or there are none.
    expect(exits({ id: 'gym', match: { floor: 10, gate: 1 }, direction: 'in' })).toEqual([]);
    expect(exits({ id: 'gym', match: { floor: 10, door: 1 } })).toEqual([]);
  });

  it('names the doors that do not say which way they lead, once for a site', () => {
    const zones = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ id, match: { door: id } }));
    const found = (list: NonNullable<ReleaseInput['zones']>) =>
      lint(release({ zones: list, rules: [] }), now).filter(({ code }) => code === 'doors_without_direction');
    expect(found([exit])).toEqual([]);
    expect(found(zones)).toMatchObject([
      { path: ['sites', 0], message: expect.stringContaining('6 zones'), severity: 'note' },
    ]);
    expect(found(zones)[0]?.message).toMatch(/a, b, c, d, e, …$/);
    expect(found(zones.slice(0, 5))[0]?.message).toMatch(/a, b, c, d, e$/);
  });
});
