import { describe, expect, it } from 'vitest';
import { club } from '../test/club.ts';
import { ask, emptyView, member, release, seoul } from '../test/venue.ts';
import { nextResetMs, quotaCounters } from './admission-keys.ts';
import {
  admissionKeys,
  admit,
  type CompiledRelease,
  type CountedGrant,
  compile,
  decide,
  decideWithoutGuard,
  type GuardView,
  type LastPermit,
  lastResetMs,
  type Member,
  type Pass,
  type PresenceEvent,
  type Question,
  type StateWithoutGuard,
} from './index.ts';
import { parseRelease } from './schema/index.ts';

const noon = seoul('2026-12-04 12:00');
const SECOND = 1000;
const door = ask({ door: 'in' });

function keysOf(
  compiled: CompiledRelease,
  who: Member | null = member(),
  question: Question = door,
  at = noon,
) {
  return admissionKeys(compiled, decide(compiled, who, question, at), question, who, at);
}

function admitted(
  compiled: CompiledRelease,
  view: Partial<GuardView> = {},
  who = member(),
  question: Question = door,
) {
  const verdict = decide(compiled, who, question, noon);
  return admit(compiled, verdict, question, who, emptyView(view), noon);
}

const emptyArea = { presence: null, recent: [], occupancy: 0, firstPersonAtMs: null, companions: [] };

describe('admissionKeys', () => {
  it('name little where nothing is counted', () => {
    expect(keysOf(club())).toEqual({
      merchantUserKey: 'm-1',
      siteId: 'club',
      groups: ['members'],
      repeat: { zoneId: 'in', sinceMs: noon - 10 * SECOND },
      counters: [],
      passes: true,
      area: { areaId: 'room', sinceMs: seoul('2026-12-04 00:00'), companionsSinceMs: null },
    });
  });

  it('name the counters of a permit whose rules all have a quota, and passes even where they are not needed', () => {
    const counted = club({}, { quota: { max: 2, per: 'day' } });
    expect(keysOf(counted)).toMatchObject({ counters: ['["come","m-1","day 20791"]'], passes: true });
    expect(keysOf(counted, member(), ask({ door: 'out' }))).toMatchObject({ counters: [], passes: true });
    expect(keysOf(counted, member({ groups: [] }))).toMatchObject({ counters: [], passes: true });
  });

  it('name passes for denials a pass can turn, and no repeat where nothing can be permitted', () => {
    expect(keysOf(club(), member({ groups: [] }))).toMatchObject({ passes: true, repeat: { zoneId: 'in' } });
    expect(keysOf(club(), member({ status: 'suspended' }))).toMatchObject({ passes: false, repeat: null });
    expect(keysOf(club({}, { validUntil: '2026-01-01' }))).toMatchObject({ passes: true });
    expect(keysOf(club(), member(), ask({ door: 'none' }))).toEqual({
      merchantUserKey: 'm-1',
      siteId: null,
      groups: [],
      repeat: null,
      counters: [],
      passes: false,
      area: null,
    });
  });

  it('name no repeat where a site coalesces nothing', () => {
    const sites = release().sites.map((site) => ({ ...site, repeatSeconds: 0 }));
    expect(keysOf(compile(release({ sites })), member(), ask({ floor: 10 })).repeat).toBeNull();
  });

  it('reach back as far as two persons may be apart', () => {
    expect(keysOf(club({ twoPerson: { withinSeconds: 30 } })).area?.companionsSinceMs).toBe(
      noon - 30 * SECOND,
    );
  });
});

describe('the last reset of an area', () => {
  const areaOf = (compiled: CompiledRelease) => {
    const area = compiled.areas.get('room');
    if (area === undefined) throw new Error('the club has a room');
    return area;
  };

  it('is today’s once it has come, and yesterday’s before', () => {
    const area = areaOf(club({ resetAt: '04:00' }));
    const last = (text: string) => new Date(lastResetMs(area, seoul(text))).toISOString();
    expect(last('2026-12-04 04:00')).toBe('2026-12-03T19:00:00.000Z');
    expect(last('2026-12-04 03:59')).toBe('2026-12-02T19:00:00.000Z');
    expect(last('2026-12-05 03:59')).toBe('2026-12-03T19:00:00.000Z');
    expect(new Date(lastResetMs(area, seoul('2026-12-04 04:00') - 1)).toISOString()).toBe(
      '2026-12-02T19:00:00.000Z',
    );
  });

  it('is followed by the next, a day later by the clock', () => {
    const area = areaOf(club({ resetAt: '04:00' }));
    const next = (text: string) => new Date(nextResetMs(area, seoul(text))).toISOString();
    expect(next('2026-12-04 03:59')).toBe('2026-12-03T19:00:00.000Z');
    expect(next('2026-12-04 04:00')).toBe('2026-12-04T19:00:00.000Z');
    expect(next('2026-12-04 23:59')).toBe('2026-12-04T19:00:00.000Z');
  });

  it('is told by the clock of the site at which its doors are', () => {
    const compiled = compile(
      parseRelease({
        sites: [
          { id: 'seoul', timeZone: 'Asia/Seoul' },
          { id: 'london', timeZone: 'Europe/London' },
        ],
        areas: [{ id: 'room', resetAt: '04:00' }],
        zones: [
          { id: 'lobby', site: 'seoul', match: { door: 'lobby' } },
          { id: 'in', site: 'london', match: { door: 'in' }, area: 'room' },
        ],
      }),
    );
    expect(areaOf(compiled).siteId).toBe('london');
    expect(keysOf(compiled).area?.sinceMs).toBe(Date.parse('2026-12-03T04:00:00Z'));
  });
});

describe('several quotas', () => {
  const rule = (id: string, per: 'day' | 'week' | 'validity', max = 1) => ({
    id,
    effect: 'permit' as const,
    who: { groups: ['members'] },
    zones: ['gym'],
    quota: { max, per },
  });
  const gym = ask({ floor: 10 });
  const rules = [
    rule('c-validity', 'validity'),
    rule('b-week', 'week'),
    rule('a-day', 'day', 2),
    rule('d-day', 'day'),
  ];
  const compiled = compile(release({ rules }));
  const [aDay, dDay, week, validity] = [
    '["a-day","m-1","day 20791"]',
    '["d-day","m-1","day 20791"]',
    '["b-week","m-1","week 20787"]',
    '["c-validity","m-1","validity /"]',
  ] as const;

  it('are spent in the order in which they are lost: days, weeks, validity', () => {
    const spent = (counters: Record<string, number>) => {
      const { decision, changes } = admitted(compiled, { counters }, member(), gym);
      return [
        decision.reason,
        ...decision.determining,
        ...changes.flatMap((c) => (c.kind === 'count' ? c.key : [])),
      ];
    };
    expect(spent({})).toEqual(['permitted', 'rule:a-day', aDay]);
    expect(spent({ [aDay]: 1 })).toEqual(['permitted', 'rule:a-day', aDay]);
    expect(spent({ [aDay]: 2 })).toEqual(['permitted', 'rule:d-day', dDay]);
    expect(spent({ [aDay]: 2, [dDay]: 1 })).toEqual(['permitted', 'rule:b-week', week]);
    expect(spent({ [aDay]: 2, [dDay]: 1, [week]: 1 })).toEqual(['permitted', 'rule:c-validity', validity]);
    const all = { [aDay]: 2, [dDay]: 1, [week]: 1, [validity]: 1 };
    expect(spent(all)).toEqual(['quota_spent', 'rule:a-day', 'rule:b-week', 'rule:c-validity', 'rule:d-day']);
  });

  it('expire with their period, and validity never by itself', () => {
    const expiry = (counters: Record<string, number>) =>
      admitted(compiled, { counters }, member(), gym).changes.flatMap((c) =>
        c.kind === 'count' ? c.expiresAtMs : [],
      );
    expect(expiry({})).toEqual([seoul('2026-12-05 00:00')]);
    expect(expiry({ [aDay]: 2, [dDay]: 1 })).toEqual([seoul('2026-12-07 00:00')]);
    expect(expiry({ [aDay]: 2, [dDay]: 1, [week]: 1 })).toEqual([null]);
  });

  it('have begun with their period, and validity at no time of the calendar', () => {
    const begun = (per: 'day' | 'week' | 'validity') => {
      const counted = compile(release({ rules: [rule('v', per)] }));
      const verdict = decide(counted, member(), gym, noon);
      return quotaCounters(counted, verdict, member(), noon).map(({ sinceMs }) => sinceMs);
    };
    expect(begun('day')).toEqual([seoul('2026-12-04 00:00')]);
    expect(begun('week')).toEqual([seoul('2026-11-30 00:00')]);
    expect(begun('validity')).toEqual([null]);
  });

  it('of validity count anew when the rule or the membership is renewed', () => {
    const dated = compile(release({ rules: [{ ...rule('v', 'validity'), validFrom: '2026-12-01' }] }));
    const renewed = member({ validFrom: '2026-11-01T00:00:00+09:00' });
    expect(keysOf(dated, renewed, gym).counters).toEqual([
      '["v","m-1","validity 2026-12-01/2026-10-31T15:00:00.000Z"]',
    ]);
  });

  it('of validity go on where the same instant is written otherwise', () => {
    const counted = compile(release({ rules: [rule('v', 'validity')] }));
    const keys = (validFrom: string) => keysOf(counted, member({ validFrom }), gym).counters;
    expect(keys('2026-10-31T15:00:00Z')).toEqual(keys('2026-11-01T00:00:00+09:00'));
    expect(keys('2026-10-31T15:00:01Z')).not.toEqual(keys('2026-11-01T00:00:00+09:00'));
  });

  it('do not count where a rule without one permits as well', () => {
    const { id: _, quota: __, ...free } = rule('e', 'day');
    const unlimited = compile(release({ rules: [...rules, { ...free, id: 'e' }] }));
    expect(keysOf(unlimited, member(), gym)).toMatchObject({ counters: [], passes: true });
    expect(admitted(unlimited, { counters: { [aDay]: 9 } }, member(), gym).decision).toMatchObject({
      reason: 'permitted',
      remaining: null,
      limit: null,
      determining: ['rule:a-day', 'rule:b-week', 'rule:c-validity', 'rule:d-day', 'rule:e'],
    });
  });
});

describe('several passes', () => {
  const compiled = club();
  const visitor = member({ groups: [] });
  const pass = (id: string, more: Partial<Pass> = {}): Pass => ({
    id,
    merchantUserKey: 'm-1',
    zones: ['in'],
    validFromMs: null,
    validUntilMs: null,
    maxUses: null,
    uses: 0,
    ...more,
  });
  const used = (...passes: Pass[]) =>
    admitted(compiled, { passes, area: emptyArea }, visitor).decision.determining;

  it('are used in the order in which they end', () => {
    const late = pass('a', { validUntilMs: noon + 2 });
    const soon = pass('z', { validUntilMs: noon + 1 });
    expect(used(pass('b'), late, soon)).toEqual(['pass:z']);
    expect(used(pass('b'), late)).toEqual(['pass:a']);
    expect(used(late, pass('0'))).toEqual(['pass:a']);
    expect(used(pass('c'), pass('b'))).toEqual(['pass:b']);
    expect(used(pass('b'), pass('c'))).toEqual(['pass:b']);
  });

  it('count only for their zones, their time and their uses', () => {
    const reason = (...passes: Pass[]) =>
      admitted(compiled, { passes, area: emptyArea }, visitor).decision.reason;
    expect(reason(pass('a', { zones: ['out'] }))).toBe('no_grant');
    expect(reason(pass('a', { zones: ['out', 'in'] }))).toBe('permitted_by_pass');
    expect(reason(pass('a', { validFromMs: noon }))).toBe('permitted_by_pass');
    expect(reason(pass('a', { validFromMs: noon + 1 }))).toBe('no_grant');
    expect(reason(pass('a', { validUntilMs: noon }))).toBe('no_grant');
    expect(reason(pass('a', { maxUses: 1, uses: 1 }))).toBe('pass_used_up');
    expect(reason(pass('a', { maxUses: 2, uses: 1 }))).toBe('permitted_by_pass');
    expect(reason(pass('a', { maxUses: 1, uses: 1 }), pass('b', { maxUses: 5, uses: 1 }))).toBe(
      'permitted_by_pass',
    );
  });

  it('say how many uses are left, and spend one on coming in', () => {
    const one = pass('a', { maxUses: 3, uses: 1 });
    const { decision, changes } = admitted(compiled, { passes: [one], area: emptyArea }, visitor);
    expect(decision).toMatchObject({ remaining: 1, limit: 3 });
    expect(changes).toContainEqual({ kind: 'pass', passId: 'a', by: 1 });
    expect(changes).toContainEqual(
      expect.objectContaining({
        kind: 'permit',
        zoneId: 'in',
        grant: { kind: 'pass', passId: 'a' },
        expiresAtMs: noon + 10_000,
      }),
    );
    const closed = club({}, {});
    const leaving = { ...ask({ door: 'out' }) };
    const forbidden = compile(
      release({ rules: [{ id: 'x', effect: 'permit', who: { members: ['nobody'] }, zones: ['*'] }] }),
    );
    const out = admitted(
      forbidden,
      { passes: [pass('a', { zones: ['gym-exit'], maxUses: 1, uses: 1 })] },
      visitor,
      ask({ floor: 10, side: 'out' }),
    );
    expect(out.decision).toMatchObject({ reason: 'permitted_by_pass', remaining: 0, limit: 1 });
    expect(out.changes.map(({ kind }) => kind)).toEqual(['permit']);
    expect(admitted(closed, { passes: [one], area: emptyArea }, visitor, leaving).decision.reason).toBe(
      'permitted',
    );
  });

  it('leave a reason that says more than that they are used up', () => {
    const usedUp = pass('a', { maxUses: 1, uses: 1 });
    const dated = club({}, { validUntil: '2026-01-01' });
    expect(admitted(dated, { passes: [usedUp], area: emptyArea }).decision).toMatchObject({
      reason: 'grant_not_in_force',
      determining: ['rule:come'],
    });
    expect(admitted(compiled, { passes: [usedUp], area: emptyArea }, visitor).decision.determining).toEqual([
      'pass:a',
    ]);
  });

  it('make no permit asked again of what they did not give: the right has to stand still', () => {
    const presence = { decisionId: 'd-0', direction: 'in' as const, atMs: noon - SECOND };
    const area = { ...emptyArea, presence, recent: [presence], occupancy: 1 };
    const repeated = (passes: Pass[], grant: CountedGrant | null = { kind: 'pass', passId: 'a' }) => {
      const lastPermit = { decisionId: 'd-0', atMs: noon - SECOND, grant };
      return admitted(compiled, { passes, lastPermit, area }, visitor).decision;
    };
    const usedUp = pass('a', { maxUses: 1, uses: 1 });
    expect(repeated([usedUp])).toMatchObject({
      reason: 'permitted_by_pass',
      determining: ['pass:a'],
      repeatOf: 'd-0',
      remaining: null,
      limit: null,
    });
    expect(repeated([])).toMatchObject({ reason: 'no_grant', repeatOf: null });
    expect(repeated([pass('b', { maxUses: 1, uses: 1 })])).toMatchObject({ reason: 'pass_used_up' });
    expect(repeated([{ ...usedUp, validUntilMs: noon }])).toMatchObject({ reason: 'no_grant' });
    expect(repeated([usedUp], null)).toMatchObject({ reason: 'pass_used_up' });
    expect(repeated([usedUp], { kind: 'rule', ruleId: 'come' })).toMatchObject({ reason: 'pass_used_up' });
  });
});

describe('a permit asked again', () => {
  const compiled = club({}, { quota: { max: 1, per: 'day' } });
  const counter = '["come","m-1","day 20791"]';
  const grant = { kind: 'rule', ruleId: 'come' } as const;
  const lastPermit: LastPermit = { decisionId: 'd-0', atMs: noon - SECOND, grant };
  const own = { decisionId: 'd-0', direction: 'in' as const, atMs: noon - SECOND };
  const after = (...events: PresenceEvent[]): GuardView['area'] => ({
    ...emptyArea,
    presence: events.at(-1) ?? null,
    recent: events,
    occupancy: 1,
  });
  const asked = (area: GuardView['area'], permit = lastPermit, which = compiled) =>
    admitted(which, { lastPermit: permit, area, counters: { [counter]: 1 } }).decision;

  it('is the same while the member goes nowhere else', () => {
    expect(asked(after(own))).toMatchObject({
      reason: 'permitted',
      repeatOf: 'd-0',
      determining: ['rule:come'],
      remaining: null,
    });
    expect(asked(emptyArea)).toMatchObject({ repeatOf: null, reason: 'quota_spent' });
    expect(asked(after({ ...own, decisionId: 'd-9' })).repeatOf).toBeNull();
    const aged = (atMs: number) => asked(after({ ...own, atMs }), { ...lastPermit, atMs }).repeatOf;
    expect(aged(noon)).toBe('d-0');
    expect(aged(noon + 1)).toBeNull();
    expect(aged(noon - 10 * SECOND + 1)).toBe('d-0');
    expect(aged(noon - 10 * SECOND)).toBeNull();
  });

  it('is the same after news of the same entry, and another one after an exit', () => {
    const learnt = { decisionId: 'seen', direction: 'in' as const, atMs: noon - 500 };
    const exit = { ...learnt, direction: 'out' as const };
    expect(asked(after(own, learnt)).repeatOf).toBe('d-0');
    expect(asked(after(learnt, own)).repeatOf).toBe('d-0');
    expect(asked(after({ ...exit, atMs: noon - 2 * SECOND }, own)).repeatOf).toBe('d-0');
    expect(asked(after(own, exit)).repeatOf).toBeNull();
    expect(asked(after(own, exit, learnt)).repeatOf).toBeNull();
  });

  it('takes its place again where the area was emptied since, under its own id, and spends nothing', () => {
    const emptied = club(
      { resetAt: '11:59', firstPerson: { groups: ['members'] } },
      { quota: { max: 1, per: 'day' } },
    );
    const atMs = noon - 61 * SECOND;
    const sites = emptied.release.sites.map((site) => ({ ...site, repeatSeconds: 600 }));
    const before = { ...own, atMs };
    const view = { lastPermit: { ...lastPermit, atMs }, area: after(before), counters: { [counter]: 1 } };
    const { decision, changes } = admitted(compile({ ...emptied.release, sites }), view);
    expect(decision).toMatchObject({ effect: 'permit', repeatOf: 'd-0' });
    expect(changes).toEqual([
      {
        kind: 'presence',
        decisionId: 'd-0',
        areaId: 'room',
        merchantUserKey: 'm-1',
        direction: 'in',
        atMs: noon,
      },
      { kind: 'firstPerson', decisionId: 'd-0', areaId: 'room', atMs: noon },
    ]);
  });

  it('is a new one where the quota it counted against no longer permits', () => {
    const other = club({}, { id: 'other', quota: { max: 1, per: 'day' } });
    expect(asked(after(own), lastPermit, other)).toMatchObject({ reason: 'permitted', repeatOf: null });
    expect(asked(after(own), { ...lastPermit, grant: null })).toMatchObject({ reason: 'quota_spent' });
    const free = club();
    expect(asked(after(own), lastPermit, free)).toMatchObject({ reason: 'permitted', repeatOf: 'd-0' });
  });
});

describe('what a decision says and changes', () => {
  it('names site, zone, area, rules and language', () => {
    const { decision, changes } = admitted(club(), { area: emptyArea }, member({ locale: 'en' }));
    expect(decision).toEqual({
      decisionId: 'd-1',
      effect: 'permit',
      reason: 'permitted',
      atMs: noon,
      siteId: 'club',
      zoneId: 'in',
      areaId: 'room',
      ruleIds: ['come'],
      determining: ['rule:come'],
      locale: 'en',
      repeatOf: null,
      flags: [],
      remaining: null,
      limit: null,
    });
    expect(changes).toEqual([
      {
        kind: 'permit',
        decisionId: 'd-1',
        merchantUserKey: 'm-1',
        zoneId: 'in',
        atMs: noon,
        grant: null,
        expiresAtMs: noon + 10 * SECOND,
      },
      {
        kind: 'presence',
        decisionId: 'd-1',
        areaId: 'room',
        merchantUserKey: 'm-1',
        direction: 'in',
        atMs: noon,
      },
    ]);
  });

  it('names the site for a mode, the area for what an area asks, and changes nothing for a denial', () => {
    const mode = { siteId: 'club', mode: 'lockdown', untilMs: null, exemptGroups: null } as const;
    expect(admitted(club(), { mode, area: emptyArea })).toMatchObject({
      decision: { reason: 'site_lockdown', determining: ['site:club'] },
      changes: [],
    });
    expect(admitted(club({ maxOccupancy: 1 }), { area: { ...emptyArea, occupancy: 1 } })).toMatchObject({
      decision: { reason: 'area_full', determining: ['area:room'] },
      changes: [],
    });
    expect(admitted(club({ twoPerson: { withinSeconds: 30 } }), { area: emptyArea })).toEqual({
      decision: expect.objectContaining({ reason: 'second_person_needed', determining: ['area:room'] }),
      changes: [
        {
          kind: 'companion',
          decisionId: 'd-1',
          areaId: 'room',
          merchantUserKey: 'm-1',
          atMs: noon,
          expiresAtMs: noon + 30 * SECOND,
        },
      ],
    });
    const normal = { ...mode, mode: 'normal' } as const;
    expect(admitted(club(), { mode: normal, area: emptyArea }).decision.reason).toBe('permitted');
  });

  it('remembers who left in an evacuation, known or not, and the first person who came', () => {
    const mode = { siteId: 'club', mode: 'evacuate', untilMs: null, exemptGroups: null } as const;
    const out = ask({ door: 'out' });
    expect(admitted(club(), { mode, area: emptyArea }, member({ status: 'suspended' }), out)).toMatchObject({
      decision: { effect: 'permit', reason: 'evacuation_exit', determining: ['site:club'] },
      changes: [{ kind: 'presence', areaId: 'room', merchantUserKey: 'm-1', direction: 'out', atMs: noon }],
    });
    const elsewhere = admitted(compile(release()), { mode }, member(), ask({ floor: 10, side: 'out' }));
    expect(elsewhere).toMatchObject({ decision: { reason: 'evacuation_exit' }, changes: [] });
    const first = club({ firstPerson: { groups: ['hosts'] } });
    const host = member({ groups: ['hosts'] });
    const came = { kind: 'firstPerson', decisionId: 'd-1', areaId: 'room', atMs: noon };
    expect(admitted(first, { area: emptyArea }, host).changes).toContainEqual(came);
    expect(admitted(first, { area: { ...emptyArea, firstPersonAtMs: noon } }, host).changes).toContainEqual(
      came,
    );
    const later = admitted(first, { area: { ...emptyArea, firstPersonAtMs: noon } });
    expect(later.changes.map(({ kind }) => kind)).toEqual(['permit', 'presence']);
  });
});

describe('decideWithoutGuard', () => {
  const without = (
    compiled: CompiledRelease,
    question: Question,
    who: Member | null = member(),
    state: Partial<StateWithoutGuard> = {},
  ) =>
    decideWithoutGuard(
      compiled,
      decide(compiled, who, question, noon),
      question,
      { decisionId: 'd', mode: null, denies: [], ...state },
      noon,
    );

  it('passes on what needs no state', () => {
    const compiled = compile(release());
    expect(without(compiled, ask({ floor: 10 }))).toMatchObject({
      decisionId: 'd',
      effect: 'permit',
      reason: 'permitted',
      atMs: noon,
    });
    expect(without(compiled, ask({ floor: 10 }), member({ groups: [] }))).toMatchObject({
      effect: 'deny',
      reason: 'no_grant',
    });
  });

  it('denies what needs it: areas, and quotas on the way in', () => {
    expect(without(club(), door)).toMatchObject({
      effect: 'deny',
      reason: 'guard_needed',
      determining: ['rule:come'],
    });
    const rule = {
      id: 'q',
      effect: 'permit' as const,
      who: { everyone: true as const },
      zones: ['gym', 'gym-exit'],
      quota: { max: 1, per: 'day' as const },
    };
    const counted = compile(release({ rules: [rule] }));
    expect(without(counted, ask({ floor: 10 })).reason).toBe('guard_needed');
    expect(without(counted, ask({ floor: 10, side: 'out' })).reason).toBe('permitted');
    const { quota: _, ...free } = rule;
    expect(
      without(compile(release({ rules: [rule, { ...free, id: 'f' }] })), ask({ floor: 10 })).reason,
    ).toBe('permitted');
  });

  it('lets people out of an area unless exits are enforced', () => {
    const out = ask({ door: 'out' });
    expect(without(club(), out)).toMatchObject({ reason: 'permitted' });
    expect(without(club({ antiPassback: { mode: 'hard' } }), out)).toMatchObject({ reason: 'permitted' });
    const enforced = (mode: 'hard' | 'soft') => club({ antiPassback: { mode, exits: 'enforce' } });
    expect(without(enforced('soft'), out)).toMatchObject({ reason: 'permitted' });
    expect(without(enforced('hard'), out)).toMatchObject({ effect: 'deny', reason: 'guard_needed' });
  });

  it('keeps to modes and deny entries, and lets everybody out in an evacuation', () => {
    const mode = { siteId: 'club', mode: 'lockdown', untilMs: null, exemptGroups: null } as const;
    expect(without(club(), door, member(), { mode })).toMatchObject({
      reason: 'site_lockdown',
      determining: ['site:club'],
    });
    const subject = { kind: 'member', merchantUserKey: 'm-1' } as const;
    const denies = [{ id: 'e', subject, zones: null, untilMs: null }];
    expect(without(club(), door, member(), { denies })).toMatchObject({ reason: 'deny_listed' });
    const evacuation = { ...mode, mode: 'evacuate' } as const;
    expect(without(club(), ask({ door: 'out' }), null, { mode: evacuation })).toMatchObject({
      effect: 'permit',
      reason: 'evacuation_exit',
    });
  });
});
