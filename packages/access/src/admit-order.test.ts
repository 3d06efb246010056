import { describe, expect, it } from 'vitest';
import { club } from '../test/club.ts';
import { ask, emptyView, member, release, seoul } from '../test/venue.ts';
import {
  admissionKeys,
  admit,
  type CompiledRelease,
  compile,
  decide,
  type GuardView,
  type Member,
  type Question,
  type ReleaseInput,
} from './index.ts';

const noon = seoul('2026-12-04 12:00');
const midnight = seoul('2026-12-04 00:00');
const gym = ask({ floor: 10 });
const door = ask({ door: 'in' });

function admitted(
  compiled: CompiledRelease,
  view: Partial<GuardView>,
  who: Member | null = member(),
  question: Question = gym,
) {
  return admit(compiled, decide(compiled, who, question, noon), question, who, emptyView(view), noon);
}

const pass = {
  id: 'p',
  merchantUserKey: 'm-1',
  zones: ['gym', 'gym-exit', 'in', 'out'],
  validFromMs: null,
  validUntilMs: null,
  maxUses: null,
  uses: 0,
};
const deny = {
  id: 'd',
  subject: { kind: 'member', merchantUserKey: 'm-1' },
  zones: ['lobby', 'gym'],
  untilMs: null,
} as const;

describe('the order of checks', () => {
  const compiled = compile(release());
  const reason = (who: Member | null, view: Partial<GuardView>) =>
    admitted(compiled, view, who).decision.reason;

  it('puts the member before deny entries, and deny entries before validity, forbids and permits', () => {
    const denies = [deny];
    expect(reason(null, { denies })).toBe('unknown_member');
    expect(reason(member({ status: 'suspended' }), { denies })).toBe('member_suspended');
    expect(reason(member({ validUntil: '2026-01-01T00:00:00Z' }), { denies })).toBe('deny_listed');
    expect(reason(member({ validFrom: '2027-01-01T00:00:00Z' }), { denies })).toBe('deny_listed');
    expect(reason(member({ tags: { age: 'minor' } }), { denies })).toBe('deny_listed');
    expect(reason(member({ groups: [] }), { denies })).toBe('deny_listed');
    expect(reason(member(), { denies })).toBe('deny_listed');
  });

  it('lets a pass stand in for rights, and for nothing else', () => {
    const passes = [pass];
    expect(reason(member({ groups: [] }), { passes })).toBe('permitted_by_pass');
    expect(reason(null, { passes })).toBe('unknown_member');
    expect(reason(member({ status: 'suspended' }), { passes })).toBe('member_suspended');
    expect(reason(member({ validUntil: '2026-01-01T00:00:00Z' }), { passes })).toBe('expired');
    expect(reason(member({ validFrom: '2027-01-01T00:00:00Z' }), { passes })).toBe('not_yet_valid');
    expect(reason(member({ tags: { age: 'minor' } }), { passes })).toBe('forbidden');
    expect(reason(member(), { passes })).toBe('permitted');
  });

  it('names the rules that forbid, and changes nothing without a right', () => {
    const minor = admitted(compiled, {}, member({ tags: { age: 'minor' } }));
    expect(minor.decision).toMatchObject({ reason: 'forbidden', determining: ['rule:no-minors'] });
    expect(admitted(compiled, {}, member({ groups: [] }))).toMatchObject({
      decision: { reason: 'no_grant' },
      changes: [],
    });
  });

  it('says deny where it denies, and nothing of flags', () => {
    expect(admitted(compiled, {}, null)).toEqual({
      decision: expect.objectContaining({ effect: 'deny', flags: [], determining: [] }),
      changes: [],
    });
  });
});

describe('quotas', () => {
  const quota = { max: 1, per: 'day' as const };
  const rules: ReleaseInput['rules'] = [
    { id: 'q', effect: 'permit', who: { groups: ['members'] }, zones: ['gym', 'gym-exit'], quota },
  ];
  const counted = compile(release({ rules }));
  const out = ask({ floor: 10, side: 'out' });

  it('are no matter on the way out', () => {
    const verdict = decide(counted, member(), out, noon);
    expect(admissionKeys(counted, verdict, out, member(), noon)).toMatchObject({
      counters: [],
      passes: true,
    });
    const { decision, changes } = admitted(
      counted,
      { counters: { '["q","m-1","day 20791"]': 1 } },
      member(),
      out,
    );
    expect(decision).toMatchObject({ reason: 'permitted', remaining: null });
    expect(changes.map(({ kind }) => kind)).toEqual(['permit']);
  });

  it('of rules that are closed are not looked up', () => {
    const closed = compile(release({ rules: rules.map((rule) => ({ ...rule, schedule: 'night' })) }));
    const verdict = decide(closed, member(), gym, noon);
    expect(verdict).toMatchObject({ reason: 'closed_now', ruleIds: ['q'] });
    expect(admissionKeys(closed, verdict, gym, member(), noon).counters).toEqual([]);
  });
});

describe('what an area counts', () => {
  const empty = { presence: null, recent: [], occupancy: 0, firstPersonAtMs: null, companions: [] };
  const about = (
    compiled: CompiledRelease,
    area: Partial<NonNullable<GuardView['area']>>,
    groups = ['members'],
  ) => admitted(compiled, { area: { ...empty, ...area } }, member({ groups }), door);
  const inside = (atMs: number) => ({ decisionId: 'd-0', direction: 'in' as const, atMs });

  it('is what happened since the last reset, whatever the view brings along', () => {
    const strict = club({ antiPassback: { mode: 'hard' } });
    expect(about(strict, { presence: inside(midnight) }).decision.reason).toBe('anti_passback');
    expect(about(strict, { presence: inside(midnight - 1) }).decision).toMatchObject({
      reason: 'permitted',
      flags: [],
    });
    const hosted = club({ firstPerson: { groups: ['cleaners', 'hosts'] } });
    expect(about(hosted, { firstPersonAtMs: midnight }).decision.reason).toBe('permitted');
    expect(about(hosted, { firstPersonAtMs: midnight - 1 }).decision.reason).toBe('first_person_needed');
    expect(about(hosted, { firstPersonAtMs: null }).decision.reason).toBe('first_person_needed');
  });

  it('has its first person in any of the groups named', () => {
    const hosted = club({ firstPerson: { groups: ['cleaners', 'hosts'] } });
    expect(about(hosted, {}, ['hosts']).decision.reason).toBe('permitted');
    expect(about(hosted, {}, ['cleaners']).decision.reason).toBe('permitted');
  });

  it('takes nobody for their own companion', () => {
    const pair = club({ twoPerson: { withinSeconds: 30 } });
    const own = { merchantUserKey: 'm-1', atMs: noon - 1 };
    const other = { merchantUserKey: 'm-2', atMs: noon - 1 };
    expect(about(pair, { companions: [own] }).decision.reason).toBe('second_person_needed');
    expect(about(pair, { companions: [own, other] }).decision.reason).toBe('permitted');
    expect(about(pair, { companions: [{ ...other, atMs: noon - 30_000 }] }).decision.reason).toBe(
      'second_person_needed',
    );
  });

  it('is unchanged by a denial', () => {
    const unchanged = (reason: string, result: ReturnType<typeof about>) =>
      expect(result).toEqual({ decision: expect.objectContaining({ effect: 'deny', reason }), changes: [] });
    unchanged('first_person_needed', about(club({ firstPerson: { groups: ['hosts'] } }), {}));
    unchanged(
      'anti_passback',
      about(club({ antiPassback: { mode: 'hard' } }), { presence: inside(noon - 1) }),
    );
    const pair = club({ twoPerson: { withinSeconds: 30 }, maxOccupancy: 1 });
    unchanged('second_person_needed', about(pair, { occupancy: 1 }));
    const bypassed = club({ maxOccupancy: 1, bypassGroups: ['cleaners'] });
    unchanged('area_full', about(bypassed, { occupancy: 1 }, ['cleaners']));
    const enforced = club({ antiPassback: { mode: 'hard', exits: 'enforce' } });
    unchanged('anti_passback', admitted(enforced, { area: empty }, member(), ask({ door: 'out' })));
  });

  it('is told of everybody who leaves, also those not known to be inside', () => {
    const left = (compiled: CompiledRelease, area = empty) => {
      const { decision, changes } = admitted(compiled, { area }, member(), ask({ door: 'out' }));
      return [
        decision.flags,
        changes.map((change) => (change.kind === 'presence' ? change.direction : change.kind)),
      ];
    };
    expect(left(club({ antiPassback: { mode: 'soft' } }))).toEqual([
      ['exit_without_entry'],
      ['permit', 'out'],
    ]);
    expect(left(club())).toEqual([[], ['permit', 'out']]);
    expect(left(club({ antiPassback: { mode: 'off' } }))).toEqual([[], ['permit', 'out']]);
  });

  it('has no limit unless one is set, and flags nothing unless told to look', () => {
    expect(about(club(), { occupancy: 1_000_000 }).decision.reason).toBe('permitted');
    expect(about(club(), { presence: inside(noon - 60_000), occupancy: 1 }).decision.flags).toEqual([]);
  });

  it('is nothing to a door outside of any area', () => {
    const { decision, changes } = admitted(compile(release()), {});
    expect(decision.flags).toEqual([]);
    expect(changes.map(({ kind }) => kind)).toEqual(['permit']);
  });
});
