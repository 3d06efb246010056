import { describe, expect, it } from 'vitest';
import { findings, now, permit, type RuleInput } from '../../test/lint-findings.ts';
import { member, release } from '../../test/venue.ts';
import { lint } from './index.ts';

describe('lint of groups and members', () => {
  it('finds groups that nothing names', () => {
    const groups = [...release().groups, { id: 'spare', parents: [] }];
    expect(findings({ groups })).toContain('unused_group groups.5');
    const areas = [{ id: 'room', bypassGroups: ['spare'] }];
    expect(findings({ groups, areas })).not.toContain('unused_group groups.5');
  });

  it('finds groups nobody is in, counting members of the groups below', () => {
    const found = findings({}, [member({ groups: ['night'] })]).filter((finding) =>
      finding.startsWith('empty_group'),
    );
    expect(found).toEqual(['empty_group groups.3', 'empty_group groups.4']);
  });

  it('finds members who get in nowhere, and groups the release does not know, without naming anybody', () => {
    const rules: RuleInput[] = [
      { ...permit, schedule: 'day' },
      { ...permit, id: 'b', who: { groups: ['staff'] }, validUntil: '2026-01-01' },
    ];
    const members = [
      member(),
      member({ groups: ['staff'] }),
      member({ groups: ['membres'] }),
      member({ groups: [], status: 'suspended' }),
    ];
    const found = lint(release({ rules }), now, { members }).filter(({ path }) => path[0] === 'members');
    expect(found.map(({ code, path, hint }) => [code, path[1], hint])).toEqual([
      ['member_without_access', 1, undefined],
      ['unknown_group', 2, 'did you mean "members"?'],
      ['member_without_access', 2, undefined],
    ]);
    expect(JSON.stringify(found)).not.toContain('m-1');
  });

  it('takes neither a way out for access nor a rule that never applies', () => {
    const out: RuleInput = { id: 'out', effect: 'permit', who: { everyone: true }, zones: ['gym-exit'] };
    const never: RuleInput = {
      ...permit,
      schedule: 'day',
      validFrom: '2026-11-28',
      validUntil: '2026-11-30',
    };
    const found = (...rules: RuleInput[]) =>
      findings({ rules }, [member()]).filter((finding) => finding.startsWith('member'));
    expect(found(out, permit)).toEqual([]);
    expect(found(out)).toEqual(['member_without_access members.0']);
    expect(found(out, never)).toEqual(['member_without_access members.0']);
    expect(found(out, { ...never, validUntil: '2026-12-01' })).toEqual([]);
    const windows = [{ from: '09:00', to: '10:00' }];
    const schedules = [{ id: 'day', overrides: [{ date: '2030-01-01', windows }] }];
    expect(
      findings({ rules: [{ ...permit, schedule: 'day' }], schedules }, [member()]).filter((finding) =>
        finding.startsWith('member'),
      ),
    ).toEqual([]);
  });
});
