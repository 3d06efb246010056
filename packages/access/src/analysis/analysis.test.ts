import { describe, expect, it } from 'vitest';
import { ask, member, release, seoul, venue } from '../../test/venue.ts';
import { compile, type ReleaseInput } from '../index.ts';
import { parseRelease } from '../schema/index.ts';
import { diff, type Probe, runRuleTests, whereCan, whoCan } from './index.ts';

const compiled = compile(release());
const friday = seoul('2026-12-04 09:00');
const night = seoul('2026-12-04 23:00');

describe('whoCan and whereCan', () => {
  const members = [
    member({ merchantUserKey: 'day' }),
    member({ merchantUserKey: 'night', groups: ['night'] }),
    member({ merchantUserKey: 'off', status: 'suspended' }),
  ];

  it('name the members whom the rules let into a zone', () => {
    const keys = (zone: string, at: number) =>
      whoCan(compiled, zone, at, members).map(({ merchantUserKey }) => merchantUserKey);
    expect(keys('gym', friday)).toEqual(['day', 'night']);
    expect(keys('gym', night)).toEqual(['night']);
    expect(keys('server-room', friday)).toEqual([]);
    expect(() => whoCan(compiled, 'nowhere', friday, members)).toThrow(RangeError);
  });

  it('name the zones the rules let a member into', () => {
    const zones = (who: (typeof members)[number], at: number) =>
      whereCan(compiled, who, at).map(({ zoneId }) => zoneId);
    expect(zones(member(), friday)).toEqual(['lobby', 'gym', 'gym-exit']);
    expect(zones(member(), night)).toEqual(['lobby', 'gym-exit']);
    expect(zones(member({ groups: ['staff'] }), night)).toEqual(['lobby', 'gym', 'gym-exit', 'server-room']);
  });
});

describe('diff', () => {
  it('names the questions a change of rules answers otherwise', () => {
    const rules = venue.rules.filter(({ id }) => id !== 'gym-by-night' && id !== 'no-minors');
    const changed = compile(release({ rules }));
    const probe = (who: ReturnType<typeof member>, instantMs: number) => ({
      member: who,
      question: ask({ floor: 10 }),
      instantMs,
    });
    const probes: Probe[] = [
      probe(member(), friday),
      probe(member({ groups: ['night'] }), night),
      probe(member({ tags: { age: 'minor' } }), friday),
      probe(member({ tags: { age: 'minor' } }), night),
    ];
    const { nowDenied, nowPermitted, otherReason, unchanged } = diff(compiled, changed, probes);
    const short = (flips: typeof nowDenied) =>
      flips.map((flip) => [probes.indexOf(flip.probe), flip.before.reason, flip.after.reason]);
    expect(short(nowDenied)).toEqual([[1, 'permitted', 'closed_now']]);
    expect(short(nowPermitted)).toEqual([[2, 'forbidden', 'permitted']]);
    expect(short(otherReason)).toEqual([[3, 'forbidden', 'closed_now']]);
    expect(unchanged).toBe(1);
  });
});

describe('runRuleTests', () => {
  const areas = [
    {
      id: 'room',
      maxOccupancy: 2,
      antiPassback: { mode: 'hard' as const, forgetAfterSeconds: 3600 },
      firstPerson: { groups: ['staff'] },
    },
    { id: 'vault', twoPerson: { withinSeconds: 30 } },
  ];
  const input: ReleaseInput = {
    ...venue,
    areas,
    zones: [
      ...venue.zones,
      { id: 'room', name: '연습실', match: { room: 1 }, area: 'room' },
      { id: 'vault', match: { room: 2 }, area: 'vault' },
      { id: 'visit', match: { room: 3 } },
    ],
    rules: [
      ...venue.rules,
      {
        id: 'room',
        effect: 'permit',
        who: { groups: ['members'] },
        zones: ['room', 'vault'],
        quota: { max: 2, per: 'day' },
      },
    ],
  };
  const results = (tests: ReleaseInput['tests']) =>
    runRuleTests(compile(parseRelease({ ...input, tests }))).map(({ passed, problems }) =>
      passed ? 'ok' : problems.join('; '),
    );
  const base = { name: 't', at: '2026-12-04 09:00', member: { groups: ['members'] } };

  it('take a rule for a rule whatever it is called', () => {
    const quota = { max: 1, per: 'day' as const };
    const rule = { effect: 'permit' as const, who: { everyone: true as const }, zones: ['gym'], quota };
    const asking = { at: '2026-12-04 09:00', member: {}, params: { floor: 10 } };
    const tests: NonNullable<ReleaseInput['tests']> = [
      { ...asking, name: 'unused', given: { used: {} }, expect: { effect: 'permit' as const } },
      { ...asking, name: 'used', given: { used: { constructor: 1 } }, expect: { effect: 'deny' as const } },
    ];
    const named = compile(parseRelease({ ...venue, rules: [{ ...rule, id: 'constructor' }], tests }));
    expect(runRuleTests(named).map(({ passed }) => passed)).toEqual([true, true]);
  });

  it('ask as somebody, somewhere, at a time of the place, and compare', () => {
    expect(
      results([
        {
          ...base,
          params: { floor: 10 },
          expect: { effect: 'permit', reason: 'permitted', rules: ['gym-by-day'] },
        },
        {
          ...base,
          params: { floor: 10 },
          at: '2026-12-04T23:00',
          expect: { effect: 'deny', reason: 'closed_now' },
        },
        { ...base, params: { floor: 10 }, at: '2026-12-04T00:00:00Z', expect: { effect: 'permit' } },
        { ...base, params: { floor: 10 }, at: '2026-12-04 21:59:59', expect: { effect: 'permit' } },
        { ...base, params: { floor: 99 }, expect: { effect: 'deny', reason: 'no_zone' } },
        {
          name: 'u',
          at: base.at,
          params: { floor: 10 },
          expect: { effect: 'deny', reason: 'unknown_member' },
        },
        {
          ...base,
          member: { groups: ['members'], validUntil: '2026-12-04' },
          params: { floor: 10 },
          expect: { effect: 'deny', reason: 'expired', shows: '이용 기간이 끝났습니다' },
        },
        {
          ...base,
          member: { groups: ['members'], validFrom: '2026-12-04' },
          params: { floor: 10 },
          expect: { effect: 'permit' },
        },
      ]),
    ).toEqual(Array.from({ length: 8 }, () => 'ok'));
  });

  it('take the state of the moment as given', () => {
    const room = { ...base, params: { room: 1 } };
    const vault = { ...base, params: { room: 2 } };
    const came = { firstPersonCame: true };
    const denied = (reason: 'area_full') => ({ effect: 'deny' as const, reason });
    expect(
      results([
        { ...room, expect: { effect: 'deny', reason: 'first_person_needed' } },
        { ...room, given: came, expect: { effect: 'permit' } },
        { ...room, given: { ...came, used: { room: 2 } }, expect: { effect: 'deny', reason: 'quota_spent' } },
        { ...room, given: { ...came, used: { room: 1 } }, expect: { effect: 'permit' } },
        { ...room, given: { ...came, inside: true }, expect: { effect: 'deny', reason: 'anti_passback' } },
        {
          ...room,
          given: { ...came, insideForSeconds: 3599 },
          expect: { effect: 'deny', reason: 'anti_passback' },
        },
        { ...room, given: { ...came, insideForSeconds: 3600 }, expect: { effect: 'permit' } },
        { ...room, given: { ...came, occupancy: 2 }, expect: denied('area_full') },
        { ...vault, expect: { effect: 'deny', reason: 'second_person_needed' } },
        { ...vault, given: { companionAsked: true }, expect: { effect: 'permit' } },
        { ...vault, given: { mode: 'lockdown' }, expect: { effect: 'deny', reason: 'site_lockdown' } },
        { ...vault, given: { denied: true }, expect: { effect: 'deny', reason: 'deny_listed' } },
        {
          ...base,
          params: { room: 3 },
          given: { pass: { uses: 0 } },
          expect: { effect: 'permit', reason: 'permitted_by_pass' },
        },
        {
          ...base,
          params: { room: 3 },
          given: { pass: { uses: 1, maxUses: 1 } },
          expect: { effect: 'deny', reason: 'pass_used_up' },
        },
      ]),
    ).toEqual(Array.from({ length: 14 }, () => 'ok'));
  });

  it('say what was answered instead', () => {
    expect(
      results([
        { ...base, params: { floor: 10 }, expect: { effect: 'deny', reason: 'forbidden' } },
        { ...base, params: { floor: 10 }, expect: { effect: 'deny' } },
        { ...base, params: { floor: 10 }, expect: { effect: 'permit', rules: [] } },
        { ...base, params: { floor: 10 }, expect: { effect: 'permit', shows: '반갑습니다' } },
      ]),
    ).toEqual([
      'expected deny (forbidden), got permit (permitted)',
      'expected deny, got permit (permitted)',
      'expected rules none to decide, got gym-by-day',
      'expected the device to show "반갑습니다", got "입장이 확인되었습니다"',
    ]);
    expect(runRuleTests(compiled)).toEqual([]);
  });
});
