import { describe, expect, it } from 'vitest';
import { ask, member, release, seoul } from '../test/venue.ts';
import { explain, nextPermittedMs } from './analysis/index.ts';
import { rulesOf } from './evaluate-rules.ts';
import { compile, decide, type Member, type ReleaseInput } from './index.ts';

type RuleInput = NonNullable<ReleaseInput['rules']>[number];

const friday = seoul('2026-12-04 09:00');
const permit: RuleInput = { id: 'r', effect: 'permit', who: { everyone: true }, zones: ['gym'] };
/** Matches the zone of the gym and the more specific one of its way out. */
const exit = ask({ floor: 10, side: 'out' });
const gym = ask({ floor: 10 });

function rulesFor(rules: readonly RuleInput[], who: Member = member(), question = gym) {
  const { reason, ruleIds } = decide(compile(release({ rules: [...rules] })), who, question, friday);
  return [reason, ...ruleIds];
}

describe('whom a rule is about', () => {
  it('is the members it names, and nobody else', () => {
    const named = { ...permit, who: { members: ['m-1', 'm-2'] } };
    expect(rulesFor([named])).toEqual(['permitted', 'r']);
    expect(rulesFor([named], member({ merchantUserKey: 'm-3' }))).toEqual(['no_grant']);
  });

  it('is members or groups, narrowed by tags', () => {
    const who = { members: ['m-1'], groups: ['staff'], tags: { level: ['gold', 7], team: true } };
    const about = (facts: Partial<Member>) => rulesFor([{ ...permit, who }], member(facts))[0];
    expect(about({ tags: { level: 'gold', team: 'true' } })).toBe('permitted');
    expect(about({ tags: { level: '7', team: 'true' } })).toBe('permitted');
    expect(about({ tags: { level: 'gold' } })).toBe('no_grant');
    expect(about({ tags: { team: 'true' } })).toBe('no_grant');
    expect(about({ tags: { level: 'iron', team: 'true' } })).toBe('no_grant');
    const tags = { level: 'gold', team: 'true' };
    expect(about({ merchantUserKey: 'm-2', tags })).toBe('no_grant');
    expect(about({ merchantUserKey: 'm-2', groups: ['security'], tags })).toBe('permitted');
  });
});

describe('the rules of zones', () => {
  it('are each there once by id, and none where there is no zone', () => {
    const { zones } = compile(
      release({
        rules: [
          { ...permit, id: 'z' },
          { ...permit, id: 'a', zones: ['*'] },
          { ...permit, id: 'm' },
        ],
      }),
    );
    const ids = (...names: string[]) =>
      rulesOf(names.flatMap((name) => zones.byId.get(name) ?? [])).map(({ id }) => id);
    expect(ids('gym')).toEqual(['a', 'm', 'z']);
    expect(ids('gym', 'lobby')).toEqual(['a', 'm', 'z']);
    expect(ids('lobby')).toEqual(['a']);
    expect(ids()).toEqual([]);
  });
});

describe('a rule met more than once', () => {
  const twice = { ...permit, who: { groups: ['members', 'people'], members: ['m-1'] } };

  it('decides once: under several subjects', () => {
    expect(rulesFor([twice])).toEqual(['permitted', 'r']);
    const who = { ...twice.who, tags: { level: 'gold' } };
    expect(rulesFor([{ ...twice, who }], member({ tags: { level: 'gold' } }))).toEqual(['permitted', 'r']);
    expect(rulesFor([{ ...twice, effect: 'forbid' }])).toEqual(['forbidden', 'r']);
    expect(rulesFor([{ ...twice, validFrom: '2027-01-01' }])).toEqual(['grant_not_in_force', 'r']);
    expect(rulesFor([{ ...twice, schedule: 'night' }])).toEqual(['closed_now', 'r']);
  });

  it('decides once: at several zones, named or all', () => {
    expect(rulesFor([{ ...permit, zones: ['gym', 'gym-exit'] }], member(), exit)).toEqual(['permitted', 'r']);
    expect(rulesFor([{ ...permit, zones: ['*'] }], member(), exit)).toEqual(['permitted', 'r']);
    expect(rulesFor([{ ...permit, zones: ['*', 'gym'] }], member(), exit)).toEqual(['permitted', 'r']);
    const grouped = { ...permit, who: { groups: ['members'] }, zones: ['gym', 'gym-exit'] };
    expect(rulesFor([grouped], member(), exit)).toEqual(['permitted', 'r']);
  });

  it('stands beside others that are met once', () => {
    const others = ['a', 'b', 'c'].map((id) => ({ ...permit, id, who: { groups: ['members'] } }));
    expect(rulesFor([...others, twice]).toSorted()).toEqual(['a', 'b', 'c', 'permitted', 'r']);
    const dated = { ...permit, id: 'd', who: { groups: ['people'] }, validUntil: '2027-01-01' };
    expect(rulesFor([...others, dated])).toEqual(['permitted', 'a', 'b', 'c', 'd']);
  });
});

describe('rules about a member', () => {
  it('are found for what comes next as they are for now', () => {
    const opens = seoul('2026-12-04 22:00');
    const next = (who: RuleInput['who'], facts: Partial<Member> = {}) =>
      nextPermittedMs(
        compile(release({ rules: [{ ...permit, who, schedule: 'night' }] })),
        member(facts),
        gym,
        friday,
      );
    expect(next({ everyone: true })).toBe(opens);
    expect(next({ groups: ['people'] })).toBe(opens);
    expect(next({ members: ['m-1'] })).toBe(opens);
    expect(next({ everyone: true, tags: { level: 'gold' } }, { tags: { level: 'gold' } })).toBe(opens);
    expect(next({ everyone: true, tags: { level: 'gold' } })).toBeNull();
    expect(next({ everyone: true, except: { members: ['m-1'] } })).toBeNull();
  });
});

describe('a device no zone matches', () => {
  const sites = [
    { id: 'a', timeZone: 'Asia/Seoul', locale: 'en' },
    { id: 'b', timeZone: 'Asia/Seoul', locale: 'ja' },
  ];
  const zones = [{ id: 'z', site: 'a', match: { x: 1 } }];
  const verdict = (compiled: ReturnType<typeof compile>, siteId?: string, who: Member | null = member()) => {
    const {
      siteId: site,
      locale,
      direction,
      areaId,
      zoneId,
      groups,
    } = decide(compiled, who, { ...ask({ x: 2 }), siteId }, friday);
    return { site, locale, direction, areaId, zoneId, groups };
  };
  const nothing = { direction: 'in', areaId: null, zoneId: null, groups: [] };

  it('speaks the language of the member, of the site asked about, or of the only one', () => {
    const two = compile(release({ sites, zones, rules: [], groups: [] }));
    expect(verdict(two)).toEqual({ site: null, locale: 'ko', ...nothing });
    expect(verdict(two, 'b')).toEqual({ site: 'b', locale: 'ja', ...nothing });
    expect(verdict(two, 'nowhere')).toEqual({ site: null, locale: 'ko', ...nothing });
    expect(verdict(two, 'b', member({ locale: 'fr' }))).toEqual({ site: 'b', locale: 'fr', ...nothing });
    expect(verdict(two, 'b', null)).toEqual({ site: 'b', locale: 'ja', ...nothing });
    const one = compile(release({ sites: sites.slice(0, 1), zones, rules: [], groups: [] }));
    expect(verdict(one)).toEqual({ site: null, locale: 'en', ...nothing });
  });

  it('is judged before the member, who has no groups where nobody is known', () => {
    const one = compile(release({ sites: sites.slice(0, 1), zones, rules: [], groups: [] }));
    expect(decide(one, null, ask({ x: 1 }), friday)).toMatchObject({
      reason: 'unknown_member',
      groups: [],
      direction: 'in',
      locale: 'en',
    });
    expect(decide(one, null, ask({ x: 2 }), friday).reason).toBe('no_zone');
  });
});

describe('an answer at an edge', () => {
  const everyone = { everyone: true as const };
  const rules: RuleInput[] = [
    {
      id: 'dated',
      effect: 'permit',
      who: everyone,
      zones: ['lobby'],
      validFrom: '2026-12-05',
      validUntil: '2026-12-06',
    },
    { id: 'day', effect: 'permit', who: everyone, zones: ['gym'], schedule: 'day' },
    { id: 'night', effect: 'permit', who: everyone, zones: ['server-room'], schedule: 'night' },
  ];
  const doors = { lobby: ask({ floor: 1, gate: 'A' }), gym, 'server-room': ask({ room: '5-3' }) };

  it.each([
    ['lobby', 'the first instant of a validity', '2026-12-05 00:00', 'deny', 'permit'],
    ['lobby', 'the first instant after a validity', '2026-12-06 00:00', 'permit', 'deny'],
    ['gym', 'an opening', '2026-12-04 06:00', 'deny', 'permit'],
    ['gym', 'a closing', '2026-12-04 22:00', 'permit', 'deny'],
    ['gym', 'an opening on a holiday', '2026-12-25 10:00', 'deny', 'permit'],
    ['gym', 'a closing on a holiday', '2026-12-25 14:00', 'permit', 'deny'],
    ['server-room', 'an opening before midnight', '2026-12-04 22:00', 'deny', 'permit'],
    ['server-room', 'a midnight within a window', '2026-12-05 00:00', 'permit', 'permit'],
    ['server-room', 'a closing after midnight', '2026-12-05 02:00', 'permit', 'deny'],
    ['server-room', 'a midnight outside of one', '2026-12-04 00:00', 'deny', 'deny'],
  ] as const)(
    'at the %s is another from %s on, whichever was asked before',
    (zone, _, edge, before, from) => {
      const compiled = compile(release({ rules }));
      const at = seoul(edge);
      const effectAt = (instantMs: number) => decide(compiled, member(), doors[zone], instantMs).effect;
      const order = [-1, 0, -1, -60_000, 0, 59_999, -1, 60_000, -3_600_000, 0, 3_600_000, -1];
      for (const offset of order)
        expect(effectAt(at + offset), `${offset} ms`).toBe(offset < 0 ? before : from);
    },
  );

  it('is the same for all rules of a list, whichever of them changes first', () => {
    const many = ['2026-12-05', '2026-12-06', '2026-12-07'].map(
      (date, position): RuleInput => ({
        id: `from-${position}`,
        effect: 'permit',
        who: everyone,
        zones: ['gym'],
        validFrom: date,
        validUntil: `2026-12-1${position}`,
      }),
    );
    const compiled = compile(release({ rules: many }));
    const idsAt = (text: string) => decide(compiled, member(), gym, seoul(text)).ruleIds;
    const expected = {
      '2026-12-05 12:00': ['from-0'],
      '2026-12-06 12:00': ['from-0', 'from-1'],
      '2026-12-07 12:00': ['from-0', 'from-1', 'from-2'],
      '2026-12-10 12:00': ['from-1', 'from-2'],
      '2026-12-11 12:00': ['from-2'],
    };
    const order = Object.entries(expected);
    for (const [text, ids] of [...order, ...order.toReversed(), ...order])
      expect(idsAt(text), text).toEqual(ids);
    expect(decide(compiled, member(), gym, seoul('2026-12-04 12:00'))).toMatchObject({
      reason: 'grant_not_in_force',
      ruleIds: ['from-0', 'from-1', 'from-2'],
    });
  });
});

describe('values of a tag', () => {
  it('are any of those a rule names, and none that only another does', () => {
    const levels = ['e', 'a', 'c', 'b', 'd', 'f', 'g'];
    const rules = levels.map(
      (_, position): RuleInput => ({
        id: `from-${position}`,
        effect: 'permit',
        who: { everyone: true, tags: { level: levels.slice(position) } },
        zones: ['gym'],
      }),
    );
    const compiled = compile(release({ rules }));
    for (const [position, level] of levels.entries()) {
      const { ruleIds } = decide(compiled, member({ tags: { level } }), gym, friday);
      expect(ruleIds, level).toEqual(rules.slice(0, position + 1).map(({ id }) => id));
    }
    expect(decide(compiled, member({ tags: { level: 'h' } }), gym, friday).reason).toBe('no_grant');
    expect(decide(compiled, member({ tags: {} }), gym, friday).reason).toBe('no_grant');
  });

  it('may be named in any order, by any number of rules', () => {
    const orders = [
      ['a', 'b', 'c', 'd'],
      ['d', 'b'],
      ['c', 'a', 'e'],
      ['e', 'd', 'c', 'b', 'a'],
    ];
    const rules = orders.map(
      (level, position): RuleInput => ({
        id: `by-${position}`,
        effect: 'permit',
        who: { everyone: true, tags: { level } },
        zones: ['gym'],
      }),
    );
    const compiled = compile(release({ rules }));
    for (const level of ['a', 'b', 'c', 'd', 'e']) {
      const { ruleIds } = decide(compiled, member({ tags: { level } }), gym, friday);
      expect(ruleIds, level).toEqual(
        rules.filter((_, position) => orders[position]?.includes(level)).map(({ id }) => id),
      );
    }
  });

  it('are looked at anew for everybody who asks', () => {
    const rule: RuleInput = { ...permit, who: { everyone: true, tags: { level: 'gold' } } };
    const compiled = compile(release({ rules: [rule] }));
    const asked = (level: string) => decide(compiled, member({ tags: { level } }), gym, friday).effect;
    expect(['gold', 'iron', 'gold', 'gold', 'iron'].map(asked)).toEqual([
      'permit',
      'deny',
      'permit',
      'permit',
      'deny',
    ]);
  });
});

describe('rules for long lists of zones', () => {
  it('are told apart where the names of their zones, one after another, are the same', () => {
    const groups = Array.from({ length: 40 }, (_, position) => `g${position}`);
    const common = Array.from({ length: 40 }, (_, position) => `z${position}`);
    const [first, second] = [
      ['a', 'bc'],
      ['ab', 'c'],
    ];
    const compiled = compile(
      release({
        groups: groups.map((id) => ({ id })),
        sites: [{ id: 'hq', timeZone: 'Asia/Seoul' }],
        zones: [...first, ...second, ...common].map((id) => ({ id, match: { door: id } })),
        rules: [first, second].map((zones, position) => ({
          id: `r${position}`,
          effect: 'permit' as const,
          who: { groups },
          zones: [...zones, ...common],
        })),
      }),
    );
    const idsAt = (door: string) =>
      decide(compiled, member({ groups: ['g7'] }), ask({ door }), friday).ruleIds;
    expect(idsAt('a')).toEqual(['r0']);
    expect(idsAt('c')).toEqual(['r1']);
    expect(idsAt('z3')).toEqual(['r0', 'r1']);
  });
});

describe('all rules of a door', () => {
  it('are told by id, each once, wherever they stand', () => {
    const rules: RuleInput[] = [
      { ...permit, id: 'b', zones: ['*'] },
      { ...permit, id: 'd', zones: ['gym', 'gym-exit'] },
      { ...permit, id: 'a', zones: ['gym-exit'] },
      { ...permit, id: 'c', zones: ['gym'], effect: 'forbid' },
      { ...permit, id: 'elsewhere', zones: ['lobby'] },
    ];
    const traced = explain(compile(release({ rules })), member(), exit, friday).rules;
    expect(traced.map(({ ruleId }) => ruleId)).toEqual(['a', 'b', 'c', 'd']);
  });
});
