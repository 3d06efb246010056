import { describe, expect, it } from 'vitest';
import { release } from '../../test/venue.ts';
import { AccessError, compile, type ReleaseInput } from '../index.ts';

function complaints(changes: Partial<ReleaseInput>): string[] {
  try {
    compile(release(changes));
  } catch (error) {
    if (error instanceof AccessError) return error.message.replace('invalid_release: ', '').split('; ');
    throw error;
  }
  return [];
}

describe('compile', () => {
  it('accepts the venue', () => {
    expect(complaints({})).toEqual([]);
  });

  it('names a reference to nothing and what may have been meant', () => {
    const rules = [
      { id: 'r', effect: 'permit' as const, who: { groups: ['Staff'] }, zones: ['gim'], schedule: 'dya' },
    ];
    expect(complaints({ rules })).toEqual([
      'rules[0].zones[0]: zone "gim" is not defined (did you mean "gym"?)',
      'rules[0].who.groups[0]: group "Staff" is not defined (did you mean "staff"?)',
      'rules[0].schedule: schedule "dya" is not defined (did you mean "day"?)',
    ]);
  });

  it('refuses groups that are their own ancestors', () => {
    const groups = [...release().groups, { id: 'a', parents: ['b'] }, { id: 'b', parents: ['a'] }];
    expect(complaints({ groups })).toEqual([
      'groups[5].parents: group "a" is its own ancestor: a → b → a',
      'groups[6].parents: group "b" is its own ancestor: b → a → b',
    ]);
  });

  it('refuses an id given twice, an empty window, a date overridden twice and a quota on a forbid', () => {
    const issues = complaints({
      schedules: [
        ...release().schedules,
        {
          id: 'odd',
          weekly: [{ days: ['mon'], from: '09:00', to: '09:00' }],
          overrides: [{ date: '2026-12-24', lastDate: '2026-12-26' }, { date: '2026-12-25' }],
        },
      ],
      rules: [
        ...release().rules,
        {
          id: 'out',
          effect: 'forbid',
          who: { everyone: true },
          zones: ['gym'],
          quota: { max: 1, per: 'day' },
        },
      ],
    });
    expect(issues).toEqual([
      'rules[6].id: rule "out" is defined twice',
      'schedules[2].weekly[0]: a window from 09:00 to 09:00 is empty (the whole day is "00:00" to "24:00")',
      'schedules[2].overrides[1]: overrides 0 and 1 both speak of the same date (keep one of them)',
      'rules[6].quota: a forbid rule has no quota (put the quota on the permit rule)',
    ]);
  });

  it('measures texts with every variable at its longest, and codes in bytes', () => {
    const issues = complaints({
      messages: {
        ko: {
          no_grant: { repeat: '가'.repeat(20), ticket: '가'.repeat(38), code: '가'.repeat(17) },
          closed_now: { repeat: '{zone} {time} {nope}' },
          expired: { repeat: `{zone}${'a'.repeat(9)}`, ticket: '👨‍👩‍👧 x'.repeat(4) },
        },
      },
    });
    expect(issues).toEqual([
      'messages.ko.no_grant.code: code has 51 bytes, at most 50 are allowed',
      'messages.ko.no_grant.repeat: repeat text has 20 characters, at most 19 are shown (FacePass would ignore the whole text)',
      'messages.ko.closed_now.repeat: unknown variable {nope} (known are {zone}, {site}, {date}, {time}, {remaining}, {limit})',
      'messages.ko.closed_now.repeat: repeat text can reach 24 characters, at most 19 are shown (FacePass would ignore the whole text)',
      'messages.ko.expired.repeat: repeat text can reach 20 characters, at most 19 are shown (FacePass would ignore the whole text)',
      'messages.ko.expired.ticket: ticket text has 40 characters, at most 38 are shown (FacePass would ignore the whole text)',
    ]);
  });
});
