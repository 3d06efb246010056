import { describe, expect, it } from 'vitest';
import { findings, now, permit, type RuleInput } from '../../test/lint-findings.ts';
import { release } from '../../test/venue.ts';
import type { ReleaseInput } from '../index.ts';
import { lint } from './index.ts';

describe('lint of zones', () => {
  const about = (
    zones: NonNullable<ReleaseInput['zones']>,
    rules: RuleInput[] = [],
    more: Partial<ReleaseInput> = {},
  ) => findings({ zones, rules, ...more }).filter((finding) => finding.includes('zones'));
  const all: RuleInput = { ...permit, who: { everyone: true }, zones: ['*'] };

  it('finds doors no permit opens, directly or by a zone around them', () => {
    const zones = [
      { id: 'building', match: { site: 1 } },
      { id: 'room', match: { site: 1, room: 2 } },
    ];
    expect(about(zones)).toEqual(['unreachable_zone zones.0', 'unreachable_zone zones.1']);
    expect(about(zones, [{ ...permit, zones: ['room'] }])).toEqual(['unreachable_zone zones.0']);
    expect(about(zones, [{ ...permit, zones: ['building'] }])).toEqual([]);
  });

  it('finds zones that match the same devices, and those that match alike', () => {
    expect(
      about(
        [
          { id: 'a', match: { gate: 1 } },
          { id: 'b', match: { gate: '1' } },
        ],
        [all],
      ),
    ).toEqual(['hidden_zone zones.1']);
    const rivals = [
      { id: 'a', match: { floor: 1 }, direction: 'in' as const },
      { id: 'b', match: { gate: 1 }, direction: 'out' as const },
    ];
    expect(about(rivals, [all])).toEqual(['ambiguous_zones zones.1']);
    expect(
      about(
        rivals.map((zone) => ({ ...zone, direction: 'in' as const })),
        [all],
      ),
    ).toEqual([]);
    const apart = [
      { id: 'a', match: { floor: 1 } },
      { id: 'b', match: { floor: 2 }, direction: 'out' as const },
    ];
    expect(about(apart, [all])).toEqual([]);
  });

  it('warns of doors of two sites that cannot be told apart', () => {
    const sites = [
      { id: 's', timeZone: 'Asia/Seoul' },
      { id: 't', timeZone: 'Asia/Seoul' },
    ];
    const zones = [
      { id: 'a', site: 's', match: { gate: 1 } },
      { id: 'b', site: 't', match: { gate: 1 } },
    ];
    const [finding] = lint(release({ sites, zones, rules: [all] }), now).filter(
      ({ code }) => code === 'ambiguous_zones',
    );
    expect(finding).toMatchObject({ severity: 'warning', path: ['zones', 1] });
  });
});
