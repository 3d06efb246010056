import { describe, expect, it } from 'vitest';
import { club } from '../../test/club.ts';
import { ask, emptyView, member, release, seoul } from '../../test/venue.ts';
import { explain, explanationKeys, nextPermittedMs } from '../analysis/index.ts';
import {
  type AdmissionKeys,
  admissionKeys,
  compile,
  decide,
  type GuardView,
  type Member,
  type ReleaseInput,
} from '../index.ts';
import { MemoryGuard } from '../memory-guard.ts';
import { WEEKDAYS } from '../weekdays.ts';

const compiled = compile(release());
const gym = ask({ floor: 10 });
const friday = seoul('2026-12-04 09:00');
const late = seoul('2026-12-04 23:00');

function checks(explanation: ReturnType<typeof explain>): Record<string, string> {
  return Object.fromEntries(explanation.checks.map(({ check, result }) => [check, result]));
}

describe('explain', () => {
  it('shows how far a question came', () => {
    const closed = explain(compiled, member(), gym, late, emptyView());
    expect(closed.reason).toBe('closed_now');
    expect(checks(closed)).toEqual({
      zone: 'passed',
      mode: 'passed',
      member: 'passed',
      deny_entries: 'passed',
      validity: 'passed',
      forbid: 'passed',
      permit: 'stopped',
      quota: 'not_reached',
      first_and_second_person: 'not_reached',
      anti_passback: 'not_reached',
      occupancy: 'not_reached',
    });
  });

  it('says which checks it knows nothing about without the guard’s state', () => {
    const permitted = explain(compiled, member(), gym, friday);
    expect(permitted).toMatchObject({
      effect: 'permit',
      decision: null,
      remedies: [],
      nextPermittedMs: friday,
    });
    expect(checks(permitted)).toMatchObject({
      zone: 'passed',
      mode: 'unknown',
      permit: 'passed',
      quota: 'unknown',
    });
  });

  it('stops where an unknown device, a mode, a member’s facts or an area stop', () => {
    const stoppedAt = (...args: Parameters<typeof explain>) =>
      explain(...args).checks.find(({ result }) => result === 'stopped')?.check;
    expect(stoppedAt(compiled, member(), ask({ floor: 99 }), friday)).toBe('zone');
    expect(stoppedAt(compiled, null, gym, friday)).toBe('member');
    expect(stoppedAt(compiled, member({ validUntil: '2026-01-01T00:00:00Z' }), gym, friday)).toBe('validity');
    expect(stoppedAt(compiled, member({ tags: { age: 'minor' } }), gym, friday)).toBe('forbid');
    const mode = { siteId: 'gangnam', mode: 'lockdown', untilMs: null, exemptGroups: null } as const;
    expect(stoppedAt(compiled, member(), gym, friday, emptyView({ mode }))).toBe('mode');
    const area = { presence: null, recent: [], occupancy: 1, firstPersonAtMs: null, companions: [] };
    const full = club({ maxOccupancy: 1 });
    expect(stoppedAt(full, member(), ask({ door: 'in' }), friday, emptyView({ area }))).toBe('occupancy');
  });

  it('says for every rule of the zone what keeps it from applying', () => {
    const { rules } = explain(compiled, member({ tags: { age: 'adult' } }), gym, late);
    expect(Object.fromEntries(rules.map(({ ruleId, misses }) => [ruleId, misses]))).toEqual({
      'gym-by-day': [{ kind: 'closed', scheduleId: 'day', opensMs: seoul('2026-12-07 06:00') }],
      'gym-by-night': [{ kind: 'group', anyOf: ['night'] }],
      'no-minors': [{ kind: 'tag', tag: 'age', anyOf: ['minor'] }],
      'staff-anywhere': [{ kind: 'group', anyOf: ['staff'] }],
    });
  });

  it('names the permit that misses least', () => {
    expect(explain(compiled, member(), gym, late).nearestMiss?.ruleId).toBe('gym-by-day');
    expect(explain(compiled, member({ groups: [] }), gym, friday).nearestMiss?.ruleId).toBe('gym-by-day');
    expect(explain(compiled, member(), gym, friday).nearestMiss).toBeNull();
    expect(explain(compiled, member({ tags: { age: 'minor' } }), gym, friday).nearestMiss).toBeNull();
  });
});

describe('what would let them in', () => {
  const remedies = (who: Member | null, at = friday, view: GuardView | null = null, release = compiled) =>
    explain(release, who, gym, at, view).remedies;

  it('is the smallest change of the member', () => {
    expect(remedies(member({ groups: [] }))).toEqual([
      [{ kind: 'join_group', group: 'members' }],
      [{ kind: 'join_group', group: 'staff' }],
    ]);
    expect(remedies(member(), late)).toEqual([
      [{ kind: 'join_group', group: 'night' }],
      [{ kind: 'join_group', group: 'staff' }],
    ]);
    expect(remedies(member({ status: 'suspended' }))).toEqual([[{ kind: 'activate' }]]);
    expect(remedies(member({ validUntil: '2026-01-01T00:00:00Z' }))).toEqual([[{ kind: 'change_validity' }]]);
    expect(remedies(member({ tags: { age: 'minor' } }))).toEqual([[{ kind: 'clear_tag', tag: 'age' }]]);
  });

  it('is several changes where one does not do', () => {
    expect(remedies(null)).toEqual([
      [{ kind: 'register' }, { kind: 'join_group', group: 'members' }],
      [{ kind: 'register' }, { kind: 'join_group', group: 'staff' }],
    ]);
    expect(remedies(member({ status: 'suspended', tags: { age: 'minor' } }))).toEqual([
      [{ kind: 'activate' }, { kind: 'clear_tag', tag: 'age' }],
    ]);
  });

  it('is nothing where nothing helps', () => {
    expect(explain(compiled, member(), ask({ floor: 99 }), friday).remedies).toEqual([]);
    const rules = [
      { id: 'never', effect: 'forbid' as const, who: { everyone: true as const }, zones: ['*'] },
    ];
    expect(remedies(member(), friday, null, compile(release({ rules })))).toEqual([]);
  });

  it('leaves the group a forbid names, or joins one it excepts', () => {
    const rules: ReleaseInput['rules'] = [
      { id: 'all', effect: 'permit', who: { everyone: true }, zones: ['*'] },
      {
        id: 'no',
        effect: 'forbid',
        who: { groups: ['members'], except: { groups: ['staff'] } },
        zones: ['*'],
      },
    ];
    const found = remedies(member({ groups: ['night'] }), friday, null, compile(release({ rules })));
    expect(found).toEqual([
      [{ kind: 'leave_group', group: 'night' }],
      [{ kind: 'join_group', group: 'staff' }],
    ]);
  });

  it('sets the tag a permit asks for, and leaves the group it excepts', () => {
    const rules: ReleaseInput['rules'] = [
      {
        id: 'gold',
        effect: 'permit',
        who: { everyone: true, tags: { level: ['gold', 'black'] }, except: { groups: ['members'] } },
        zones: ['*'],
      },
    ];
    const found = remedies(member({ groups: ['night'] }), friday, null, compile(release({ rules })));
    expect(found).toEqual([
      [
        { kind: 'set_tag', tag: 'level', value: 'gold' },
        { kind: 'leave_group', group: 'night' },
      ],
    ]);
  });

  it('is a change of the moment where the moment is the reason', () => {
    const door = ask({ door: 'in' });
    const state = (area: Partial<GuardView['area']> = {}) =>
      emptyView({
        area: { presence: null, recent: [], occupancy: 0, firstPersonAtMs: null, companions: [], ...area },
      });
    const inside = { decisionId: 'd', direction: 'in' as const, atMs: friday - 60_000 };
    const first = (area: Parameters<typeof club>[0], view: GuardView) =>
      explain(club(area), member(), door, friday, view).remedies;
    expect(first({ antiPassback: { mode: 'hard' } }, state({ presence: inside, occupancy: 1 }))).toEqual([
      [{ kind: 'mark_outside' }],
    ]);
    expect(first({ maxOccupancy: 1 }, state({ occupancy: 1 }))).toEqual([[{ kind: 'somebody_leaves' }]]);
    expect(first({ firstPerson: { groups: ['hosts'] } }, state())).toEqual([
      [{ kind: 'first_person_comes' }],
    ]);
    expect(first({ twoPerson: { withinSeconds: 5 } }, state())).toEqual([[{ kind: 'second_person_asks' }]]);
    const exits = club({ antiPassback: { mode: 'hard', exits: 'enforce' } });
    expect(explain(exits, member(), ask({ door: 'out' }), friday, state()).remedies).toEqual([
      [{ kind: 'mark_inside' }],
    ]);
    const denies = [
      { id: 'x', subject: { kind: 'group', group: 'people' }, zones: null, untilMs: null },
    ] as const;
    expect(remedies(member(), friday, emptyView({ denies }))).toEqual([[{ kind: 'lift_deny', id: 'x' }]]);
    const mode = { siteId: 'gangnam', mode: 'lockdown', untilMs: null, exemptGroups: null } as const;
    expect(remedies(member(), friday, emptyView({ mode }))).toEqual([
      [{ kind: 'end_mode', siteId: 'gangnam' }],
    ]);
    expect(remedies(member({ groups: [] }), friday, emptyView())).toContainEqual([
      { kind: 'give_pass', zone: 'gym' },
    ]);
  });
});

describe('whoever is not known', () => {
  const rules: ReleaseInput['rules'] = [
    { id: 'out', effect: 'permit', who: { everyone: true }, zones: ['gym-exit'], schedule: 'day' },
  ];
  const way = compile(release({ rules }));
  const out = ask({ floor: 10, side: 'out' });

  it('is under the rules on the way out, and under no rule on the way in', () => {
    expect(explain(way, null, out, friday)).toMatchObject({ effect: 'permit', reason: 'permitted' });
    expect(explain(way, null, out, late)).toMatchObject({
      reason: 'closed_now',
      nearestMiss: { ruleId: 'out' },
      nextPermittedMs: seoul('2026-12-07 06:00'),
    });
    expect(explain(way, null, gym, friday)).toMatchObject({ reason: 'unknown_member', rules: [] });
    const named = [{ id: 'm', effect: 'permit' as const, who: { groups: ['members'] }, zones: ['*'] }];
    expect(explain(compile(release({ rules: named })), null, out, friday).remedies).toEqual([
      [{ kind: 'register' }, { kind: 'join_group', group: 'members' }],
    ]);
  });
});

describe('when they will be let in', () => {
  it('counts windows, holidays and overrides', () => {
    const next = (at: string, who = member()) => nextPermittedMs(compiled, who, gym, seoul(at));
    expect(next('2026-12-04 09:00')).toBe(seoul('2026-12-04 09:00'));
    expect(next('2026-12-04 23:00')).toBe(seoul('2026-12-07 06:00'));
    expect(next('2026-12-25 01:00')).toBe(seoul('2026-12-25 10:00'));
    expect(next('2026-12-31 01:00')).toBe(seoul('2027-01-01 06:00'));
    expect(next('2026-12-04 09:00', member({ groups: [] }))).toBeNull();
    const later = member({ validFrom: '2026-12-24T23:00:00+09:00' });
    expect(next('2026-12-04 09:00', later)).toBe(seoul('2026-12-25 10:00'));
  });

  it('counts on modes, deny entries, passes, quotas and resets to run out', () => {
    const hour = 3_600_000;
    const inAnHour = friday + hour;
    const next = (view: Partial<GuardView>, who = member()) =>
      nextPermittedMs(compiled, who, gym, friday, emptyView(view));
    const mode = { siteId: 'gangnam', mode: 'lockdown', untilMs: inAnHour, exemptGroups: null } as const;
    expect(next({ mode })).toBe(inAnHour);
    expect(next({ mode: { ...mode, untilMs: null } })).toBeNull();
    const deny = {
      id: 'x',
      subject: { kind: 'group', group: 'people' },
      zones: null,
      untilMs: inAnHour,
    } as const;
    expect(next({ denies: [deny] })).toBe(inAnHour);
    const pass = { id: 'p', merchantUserKey: 'm-1', zones: ['gym'], validUntilMs: null, maxUses: 1, uses: 0 };
    expect(next({ passes: [{ ...pass, validFromMs: inAnHour }] }, member({ groups: [] }))).toBe(inAnHour);

    const daily = club({}, { quota: { max: 1, per: 'day' } });
    const area = { presence: null, recent: [], occupancy: 0, firstPersonAtMs: null, companions: [] };
    const counters = { [JSON.stringify(['come', 'm-1', 'day 20791'])]: 1 };
    const door = ask({ door: 'in' });
    expect(nextPermittedMs(daily, member(), door, friday, emptyView({ counters, area }))).toBe(
      seoul('2026-12-05 00:00'),
    );

    const inside = { decisionId: 'd', direction: 'in' as const, atMs: friday };
    const timed = club({ antiPassback: { mode: 'hard', forgetAfterSeconds: 3600 } });
    const present = emptyView({ area: { ...area, presence: inside, occupancy: 1 } });
    expect(nextPermittedMs(timed, member(), door, friday, present)).toBe(inAnHour);
    const reset = club({ antiPassback: { mode: 'hard' }, maxOccupancy: 1, resetAt: '04:00' });
    expect(nextPermittedMs(reset, member(), door, friday, present)).toBe(seoul('2026-12-05 04:00'));
  });

  it('is at once for a permit that is asked again', () => {
    const daily = club({}, { quota: { max: 1, per: 'day' } });
    const door = ask({ door: 'in' });
    const guard = new MemoryGuard();
    guard.ask(daily, member(), door, friday);
    const again = friday + 3000;
    const view = guard.view(explanationKeys(daily, member(), door, again), 'again');
    const told = explain(daily, member(), door, again, view);
    expect(told).toMatchObject({ effect: 'permit', nextPermittedMs: again, remedies: [] });
  });

  it('counts with a quota that is spent when the hours begin again', () => {
    const days = [...WEEKDAYS];
    const schedules = [
      {
        id: 'twice',
        weekly: [
          { days, from: '06:00', to: '10:00' },
          { days, from: '18:00', to: '21:00' },
        ],
      },
    ];
    const quota = { max: 1, per: 'day' } as const;
    const rules: ReleaseInput['rules'] = [
      { id: 'r', effect: 'permit', who: { groups: ['members'] }, zones: ['gym'], schedule: 'twice', quota },
    ];
    const twice = compile(release({ schedules, rules }));
    const noon = seoul('2026-12-04 12:00');
    const next = (guard: MemoryGuard, keys: AdmissionKeys) =>
      explain(twice, member(), gym, noon, guard.view(keys, 'now')).nextPermittedMs;
    const forExplaining = explanationKeys(twice, member(), gym, noon);
    const forAnswering = admissionKeys(twice, decide(twice, member(), gym, noon), gym, member(), noon);

    const fresh = new MemoryGuard();
    expect(next(fresh, forExplaining)).toBe(seoul('2026-12-04 18:00'));
    const spent = new MemoryGuard();
    spent.ask(twice, member(), gym, friday);
    expect(next(spent, forExplaining)).toBe(seoul('2026-12-05 06:00'));
    // What is not known is not promised.
    expect(next(spent, forAnswering)).toBe(seoul('2026-12-05 06:00'));
  });

  it('is never for a moment that is none', () => {
    for (const never of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(explain(compiled, member(), gym, never)).toMatchObject({
        effect: 'deny',
        nextPermittedMs: null,
      });
      expect(explain(compiled, member(), gym, never, emptyView()).nextPermittedMs).toBeNull();
    }
  });
});
