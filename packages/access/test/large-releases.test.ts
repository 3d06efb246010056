/** Releases of thousands of parts: as large in memory as what is written, not as its parts times each other. */
import { describe, expect, it } from 'vitest';
import { AccessError, compile, decide, describeIssue, type Release } from '../src/index.ts';
import { parseRelease } from '../src/schema/index.ts';
import { member } from './venue.ts';

function complaints(release: Release): string[] {
  try {
    compile(release);
  } catch (error) {
    if (error instanceof AccessError) return error.issues.map(describeIssue);
    throw error;
  }
  return [];
}

describe('large releases', () => {
  const numbered = (kind: string, count: number) =>
    Array.from({ length: count }, (_, position) => `${kind}-${position}`);
  const sites = [{ id: 'hq', timeZone: 'Asia/Seoul' }];
  const zones = numbered('zone', 3000).map((id) => ({ id, match: { door: id } }));
  const decideAt = (compiled: ReturnType<typeof compile>, door: string, groups: string[]) =>
    decide(compiled, member({ groups }), { merchantUserKey: 'm-1', params: { door } }, 0);

  it('are no larger for rules about every zone than what is written', () => {
    const rules = numbered('rule', 3000).map((id, position) => ({
      id,
      effect: 'permit' as const,
      who: { groups: [`group-${position}`] },
      zones: ['*'],
    }));
    const groups = numbered('group', 3000).map((id) => ({ id }));
    const compiled = compile(parseRelease({ sites, zones, groups, rules }));
    expect(decideAt(compiled, 'zone-2999', ['group-1234']).ruleIds).toEqual(['rule-1234']);
  });

  it('are no larger for rules about many zones and many groups than what is written', () => {
    const groups = numbered('group', 2000).map((id) => ({ id }));
    const wide = {
      effect: 'permit' as const,
      zones: zones.map(({ id }) => id),
      who: { groups: groups.map(({ id }) => id) },
    };
    const rules = numbered('rule', 20).map((id) => ({ ...wide, id }));
    const compiled = compile(parseRelease({ sites, zones, groups, rules }));
    expect(decideAt(compiled, 'zone-7', ['group-1999']).ruleIds).toHaveLength(20);
    expect(decideAt(compiled, 'zone-7', ['group-2000']).reason).toBe('no_grant');
  });

  it('are no larger for schedules that share a calendar than what is written', () => {
    const dates = Array.from({ length: 2000 }, (_, day) => ({
      date: new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
    }));
    const schedules = numbered('schedule', 2000).map((id) => ({ id, holidays: [{ calendar: 'all' }] }));
    const rules = schedules.map(({ id }) => ({
      id,
      effect: 'permit' as const,
      who: { everyone: true as const },
      zones: ['zone-0'],
      schedule: id,
    }));
    const calendars = [{ id: 'all', dates }];
    const compiled = compile(parseRelease({ sites, zones, calendars, schedules, rules }));
    expect(decideAt(compiled, 'zone-0', []).reason).toBe('closed_now');
  });

  it('may have more zones and values than a function takes arguments', () => {
    const values = numbered('value', 150_000);
    const compiled = compile(parseRelease({ sites, zones: [{ id: 'any', match: { door: values } }] }));
    expect(decideAt(compiled, 'value-149999', []).zoneId).toBe('any');
  });

  it('tell a thousand mistakes and how many more there are', () => {
    const rules = numbered('rule', 1500).map((id) => ({
      id,
      effect: 'permit' as const,
      who: { everyone: true as const },
      zones: [`${id}-door`],
    }));
    const told = complaints(parseRelease({ sites, zones, rules }));
    expect(told).toHaveLength(1001);
    expect(told[0]).toBe('rules[0].zones[0]: zone "rule-0-door" is not defined');
    expect(told.at(-1)).toBe('and 500 more mistakes');
  });
});
