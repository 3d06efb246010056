import { describe, expect, it } from 'vitest';
import { ask, member, release, seoul } from '../test/venue.ts';
import { compile, decide, type Member, type Question, type ReleaseInput } from './index.ts';

const compiled = compile(release());
const friday = seoul('2026-12-04 09:00');

function outcome(who: Member | null, question: Question, at = friday): string {
  const { effect, reason, ruleIds } = decide(compiled, who, question, at);
  return [effect, reason, ...ruleIds].join(' ');
}

describe('decide: zones', () => {
  it('denies a device no zone matches', () => {
    expect(outcome(member(), ask({ floor: '7' }))).toBe('deny no_zone');
    expect(outcome(member(), ask({}))).toBe('deny no_zone');
  });

  it('asks for every parameter of a zone, and any of its values', () => {
    expect(outcome(member(), ask({ floor: '1' }))).toBe('deny no_zone');
    expect(outcome(member(), ask({ floor: '1', gate: 'C' }))).toBe('deny no_zone');
    expect(outcome(member(), ask({ floor: '1', gate: 'B' }))).toBe('permit permitted lobby-for-all');
  });

  it('compares parameters as text after NFC', () => {
    expect(outcome(member(), ask({ floor: 1, gate: 'A' }))).toBe('permit permitted lobby-for-all');
    const hangul = compile(release({ zones: [{ id: 'lobby', match: { 층: '로비' } }], rules: [] }));
    const decomposed = ask({ ['층'.normalize('NFD')]: '로비'.normalize('NFD') });
    expect(decide(hangul, member(), decomposed, friday).zoneId).toBe('lobby');
  });

  it('looks at the rules of every zone that matches and names the most specific one', () => {
    const verdict = decide(compiled, member(), ask({ floor: 10, side: 'out' }), friday);
    expect(verdict).toMatchObject({ zoneId: 'gym-exit', zoneIds: ['gym-exit', 'gym'], direction: 'out' });
    expect(verdict.ruleIds).toEqual(['out', 'gym-by-day']);
  });

  it('tells sites apart by the question, and denies where it cannot', () => {
    const sites = [
      { id: 'a', timeZone: 'Asia/Seoul' },
      { id: 'b', timeZone: 'Europe/Berlin' },
    ];
    const zones = [
      { id: 'door-a', site: 'a', match: { gate: 1 } },
      { id: 'door-b', site: 'b', match: { gate: 1 } },
    ];
    const two = compile(release({ sites, groups: [], zones, rules: [], schedules: [], areas: [] }));
    expect(decide(two, member(), ask({ gate: 1 }), friday).reason).toBe('ambiguous_zone');
    const question = { ...ask({ gate: 1 }), siteId: 'b' };
    expect(decide(two, member(), question, friday)).toMatchObject({ siteId: 'b', zoneId: 'door-b' });
  });
});

describe('decide: members', () => {
  const gym = ask({ floor: 10 });

  it('denies whom the directory does not know', () => {
    expect(outcome(null, gym)).toBe('deny unknown_member');
  });

  it('denies a suspended member whatever rules permit', () => {
    expect(outcome(member({ status: 'suspended' }), gym)).toBe('deny member_suspended');
  });

  it('treats validity as half-open: the first instant is in, the last is out', () => {
    const who = member({ validFrom: '2026-12-04T09:00:00+09:00', validUntil: '2026-12-04T10:00:00+09:00' });
    expect(outcome(who, gym, friday - 1)).toBe('deny not_yet_valid');
    expect(outcome(who, gym, friday)).toBe('permit permitted gym-by-day');
    expect(outcome(who, gym, friday + 3_600_000 - 1)).toBe('permit permitted gym-by-day');
    expect(outcome(who, gym, friday + 3_600_000)).toBe('deny expired');
  });
});

describe('decide: rules', () => {
  const gym = ask({ floor: 10 });

  it('denies by default', () => {
    expect(outcome(member({ groups: [] }), gym)).toBe('deny no_grant');
    expect(outcome(member({ groups: ['elsewhere'] }), gym)).toBe('deny no_grant');
  });

  it('counts a member of a group as a member of its parents', () => {
    expect(outcome(member({ groups: ['night'] }), ask({ floor: 1, gate: 'A' }))).toBe(
      'permit permitted lobby-for-all',
    );
  });

  it('lets a forbid beat every permit', () => {
    const minor = member({ groups: ['members', 'staff'], tags: { age: 'minor' } });
    expect(outcome(minor, gym)).toBe('deny forbidden no-minors');
  });

  it('names the rule that would permit at another time', () => {
    expect(outcome(member(), gym, seoul('2026-12-04 22:00'))).toBe('deny closed_now gym-by-day');
  });

  it('reads dates of a rule in its time zone', () => {
    const rules = [
      {
        id: 'trial',
        effect: 'permit' as const,
        who: { everyone: true as const },
        zones: ['gym'],
        validFrom: '2026-12-04',
        validUntil: '2026-12-05',
      },
    ];
    const trial = compile(release({ rules }));
    const at = (text: string) => decide(trial, member(), gym, seoul(text)).reason;
    expect(at('2026-12-03 23:59')).toBe('grant_not_in_force');
    expect(at('2026-12-04 00:00')).toBe('permitted');
    expect(at('2026-12-04 23:59')).toBe('permitted');
    expect(at('2026-12-05 00:00')).toBe('grant_not_in_force');
  });

  it('takes exceptions out of those a rule is about', () => {
    const rules = [
      {
        id: 'closed',
        effect: 'forbid' as const,
        who: { everyone: true as const, except: { groups: ['staff'], members: ['m-2'] } },
        zones: ['*'],
      },
      { id: 'all', effect: 'permit' as const, who: { everyone: true as const }, zones: ['*'] },
    ];
    const closed = compile(release({ rules }));
    const reason = (who: Member) => decide(closed, who, gym, friday).reason;
    expect(reason(member())).toBe('forbidden');
    expect(reason(member({ groups: ['security'] }))).toBe('permitted');
    expect(reason(member({ merchantUserKey: 'm-2' }))).toBe('permitted');
  });
});

describe('decide: schedules', () => {
  const gym = ask({ floor: 10 });
  const night = member({ groups: ['night'] });

  it('keeps a window across midnight whole, on the day it begins', () => {
    expect(outcome(night, gym, seoul('2026-12-04 22:00'))).toBe('permit permitted gym-by-night');
    expect(outcome(night, gym, seoul('2026-12-05 01:59'))).toBe('permit permitted gym-by-night');
    expect(outcome(night, gym, seoul('2026-12-05 02:00'))).toMatch('deny closed_now');
    expect(outcome(night, gym, seoul('2026-12-07 00:30'))).toMatch('deny closed_now');
  });

  it('replaces the week by the holiday, and the holiday by the override', () => {
    expect(outcome(member(), gym, seoul('2026-12-25 09:00'))).toMatch('deny closed_now');
    expect(outcome(member(), gym, seoul('2026-12-25 10:00'))).toBe('permit permitted gym-by-day');
    expect(outcome(member(), gym, seoul('2026-12-31 09:00'))).toMatch('deny closed_now');
  });

  it('follows the clocks of the place over a change of offset', () => {
    const sites = [{ id: 'berlin', timeZone: 'Europe/Berlin' }];
    const berlin = compile(release({ sites, groups: [...release().groups] }));
    const at = (iso: string) => decide(berlin, member(), gym, Date.parse(iso)).reason;
    expect(at('2026-03-27T05:00:00Z')).toBe('permitted');
    expect(at('2026-03-27T04:59:59Z')).toBe('closed_now');
    expect(at('2026-03-30T04:00:00Z')).toBe('permitted');
    expect(at('2026-03-30T03:59:59Z')).toBe('closed_now');
  });
});

describe('decide: times of rules', () => {
  const everyone = { everyone: true as const };
  const reasonAt = (rule: NonNullable<ReleaseInput['rules']>[number], instant: string) =>
    decide(
      compile(
        release({
          schedules: [
            { id: 'morning', weekly: [{ days: ['fri'], from: '09:00', to: '10:00' }] },
            {
              id: 'morning-in-berlin',
              timeZone: 'Europe/Berlin',
              weekly: [{ days: ['fri'], from: '09:00', to: '10:00' }],
            },
          ],
          rules: [rule],
        }),
      ),
      member(),
      ask({ floor: 10 }),
      Date.parse(instant),
    ).reason;

  it('are read in the time zone of the rule, else of the schedule, else of the site', () => {
    const rule = { id: 'r', effect: 'permit' as const, who: everyone, zones: ['gym'] };
    const seoul = '2026-12-04T09:30:00+09:00';
    const berlin = '2026-12-04T09:30:00+01:00';
    const newYork = '2026-12-04T09:30:00-05:00';
    const openAt = (schedule: string, timeZone?: string) =>
      [seoul, berlin, newYork].map((at) => reasonAt({ ...rule, schedule, timeZone }, at) === 'permitted');
    expect(openAt('morning')).toEqual([true, false, false]);
    expect(openAt('morning-in-berlin')).toEqual([false, true, false]);
    expect(openAt('morning', 'America/New_York')).toEqual([false, false, true]);
    expect(openAt('morning-in-berlin', 'America/New_York')).toEqual([false, false, true]);
  });

  it('may begin and end at an instant', () => {
    const rule = {
      id: 'r',
      effect: 'permit' as const,
      who: everyone,
      zones: ['gym'],
      validFrom: '2026-12-04T09:30:00+01:00',
      validUntil: '2026-12-04T09:31:00+01:00',
    };
    expect(reasonAt(rule, '2026-12-04T17:29:59+09:00')).toBe('grant_not_in_force');
    expect(reasonAt(rule, '2026-12-04T17:30:00+09:00')).toBe('permitted');
    expect(reasonAt(rule, '2026-12-04T17:30:59.999+09:00')).toBe('permitted');
    expect(reasonAt(rule, '2026-12-04T17:31:00+09:00')).toBe('grant_not_in_force');
  });

  it('of a forbid never pass for those of a grant', () => {
    const forbid = { id: 'r', effect: 'forbid' as const, who: everyone, zones: ['gym'] };
    expect(reasonAt({ ...forbid, schedule: 'morning' }, '2026-12-04T12:00:00+09:00')).toBe('no_grant');
    expect(reasonAt({ ...forbid, validFrom: '2027-01-01' }, '2026-12-04T12:00:00+09:00')).toBe('no_grant');
  });
});

describe('decide: the way out', () => {
  it('asks the rules alone, also about somebody suspended, expired or unknown', () => {
    const exit = ask({ floor: 10, side: 'out' });
    const at = Date.parse('2026-12-04T09:00:00+09:00');
    for (const somebody of [
      member({ status: 'suspended' }),
      member({ validUntil: '2020-01-01T00:00:00Z' }),
      member({ validFrom: '2030-01-01T00:00:00Z' }),
      null,
    ]) {
      expect(decide(compiled, somebody, exit, at)).toMatchObject({
        reason: 'permitted',
        ruleIds: expect.arrayContaining(['out']),
      });
      expect(decide(compiled, somebody, ask({ floor: 10 }), at).effect).toBe('deny');
    }
  });
});

describe('what is no instant', () => {
  const gym = ask({ floor: 10 });

  it('is never within a validity', () => {
    expect(outcome(member({ validUntil: '2020-01-01T00:00:00Z' }), gym, Number.NaN)).toMatch('deny expired');
    expect(outcome(member({ validFrom: '2020-01-01T00:00:00Z' }), gym, Number.NaN)).toMatch(
      'deny not_yet_valid',
    );
    const unreadable = { ...member(), validUntil: 'tomorrow' };
    expect(outcome(unreadable, gym, seoul('2026-12-04 10:00'))).toMatch('deny expired');
  });

  it('is within no rule’s time, and no clock shows it', () => {
    const rules = [
      { id: 'always', effect: 'permit' as const, who: { everyone: true as const }, zones: ['gym'] },
      {
        id: 'day',
        effect: 'permit' as const,
        who: { everyone: true as const },
        zones: ['lobby'],
        schedule: 'day',
      },
    ];
    const compiled = compile(release({ rules }));
    for (const instantMs of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300]) {
      expect(decide(compiled, member(), ask({ floor: 1, gate: 'A' }), instantMs).effect).toBe('deny');
    }
    expect(decide(compiled, member(), gym, Number.NaN).reason).toBe('grant_not_in_force');
  });
});
