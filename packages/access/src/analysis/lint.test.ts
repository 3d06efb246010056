import { describe, expect, it } from 'vitest';
import { member, release, seoul } from '../../test/venue.ts';
import type { Member, ReleaseInput } from '../index.ts';
import { parseRelease } from '../schema/index.ts';
import { lint } from './index.ts';

const now = seoul('2026-11-22 12:00');

function findings(changes: Partial<ReleaseInput>, members?: Member[]): string[] {
  return lint(release(changes), now, members === undefined ? {} : { members }).map(
    ({ code, path }) => `${code} ${path.join('.')}`,
  );
}

type RuleInput = NonNullable<ReleaseInput['rules']>[number];

/** Findings about rules: alone in a venue whose other parts are not looked at here. */
function ruleFindings(...rules: RuleInput[]): string[] {
  return findings({ rules }).filter((finding) => finding.includes(' rules.'));
}

const permit: RuleInput = { id: 'a', effect: 'permit', who: { groups: ['members'] }, zones: ['gym'] };
const forbid: RuleInput = { ...permit, id: 'f', effect: 'forbid' };

describe('lint', () => {
  it('finds in the venue a calendar that ends, a forbid on the way out and doors that may lead either way', () => {
    expect(findings({})).toEqual([
      'calendar_ends calendars.0',
      'exit_may_stay_shut zones.2',
      'doors_without_direction sites.0',
    ]);
  });

  it('gives what cannot be published as errors', () => {
    const [finding] = lint(release({ rules: [{ ...permit, zones: ['nowhere'] }] }), now);
    expect(finding).toMatchObject({ code: 'invalid', severity: 'error', path: ['rules', 0, 'zones', 0] });
  });
});

describe('lint of rules', () => {
  it('finds rules that are over, end before they begin, never open, or except everyone', () => {
    expect(ruleFindings({ ...permit, validUntil: '2026-11-22' })).toEqual(['dead_rule rules.0']);
    expect(ruleFindings({ ...permit, validUntil: '2026-11-23' })).toEqual([]);
    expect(ruleFindings({ ...permit, validFrom: '2027-01-02', validUntil: '2027-01-01' })).toEqual([
      'dead_rule rules.0',
    ]);
    const weekend = { validFrom: '2026-11-28', validUntil: '2026-11-30', schedule: 'day' };
    expect(ruleFindings({ ...permit, ...weekend })).toEqual(['dead_rule rules.0']);
    expect(ruleFindings({ ...permit, ...weekend, validUntil: '2026-12-01' })).toEqual([]);
    const excepted = { groups: ['night'], except: { groups: ['members'] } };
    expect(ruleFindings({ ...permit, who: excepted })).toEqual(['dead_rule rules.0']);
    expect(ruleFindings({ ...permit, who: { ...excepted, members: ['m'] } })).toEqual([]);
  });

  it('takes tags by their own names, whatever an object has besides', () => {
    const tagged = (id: string, tags: Record<string, string>): RuleInput => ({
      ...permit,
      id,
      who: { everyone: true, tags },
    });
    expect(ruleFindings(tagged('a', { constructor: 'x' }), tagged('b', { level: 'x' }))).toEqual([]);
    expect(
      ruleFindings(tagged('a', { constructor: 'x' }), tagged('b', { constructor: 'x', level: 'x' })),
    ).toEqual(['redundant_rule rules.1']);
  });

  it('finds permits that a forbid always overrules', () => {
    expect(ruleFindings(permit, forbid)).toEqual(['shadowed_rule rules.0']);
    expect(ruleFindings(permit, { ...forbid, who: { groups: ['people'] }, zones: ['*'] })).toEqual([
      'shadowed_rule rules.0',
    ]);
    expect(ruleFindings(permit, { ...forbid, who: { everyone: true } })).toEqual(['shadowed_rule rules.0']);
  });

  it('calls no permit shadowed that a forbid leaves a way for', () => {
    expect(ruleFindings(permit, { ...forbid, who: { groups: ['night'] } })).toEqual([]);
    expect(ruleFindings(permit, { ...forbid, who: { groups: ['members'], tags: { age: 'minor' } } })).toEqual(
      [],
    );
    expect(ruleFindings(permit, { ...forbid, who: { everyone: true, except: { members: ['m'] } } })).toEqual(
      [],
    );
    expect(ruleFindings(permit, { ...forbid, schedule: 'day' })).toEqual([]);
    expect(ruleFindings(permit, { ...forbid, validUntil: '2027-01-01' })).toEqual([]);
    expect(ruleFindings({ ...permit, zones: ['gym', 'lobby'] }, forbid)).toEqual([]);
    expect(ruleFindings({ ...permit, who: { everyone: true } }, forbid)).toEqual([]);
    expect(ruleFindings({ ...permit, who: { groups: ['members'], members: ['m'] } }, forbid)).toEqual([]);
  });

  it('finds rules that add nothing, and of two alike the later one', () => {
    expect(ruleFindings(permit, { ...permit, id: 'b' })).toEqual(['redundant_rule rules.1']);
    expect(ruleFindings({ ...permit, schedule: 'day' }, { ...permit, id: 'b' })).toEqual([
      'redundant_rule rules.0',
    ]);
    const gold = { groups: ['night'], tags: { level: ['gold'] } };
    const metal = { groups: ['members'], tags: { level: ['gold', 'silver'] } };
    expect(ruleFindings({ ...permit, who: gold }, { ...permit, id: 'b', who: metal })).toEqual([
      'redundant_rule rules.0',
    ]);
    expect(ruleFindings({ ...permit, who: metal }, { ...permit, id: 'b', who: gold })).toEqual([
      'redundant_rule rules.1',
    ]);
    const quota = { max: 1, per: 'day' } as const;
    expect(ruleFindings(permit, { ...permit, id: 'b', quota })).toEqual(['redundant_rule rules.1']);
    expect(ruleFindings({ ...permit, quota }, { ...permit, id: 'b', quota })).toEqual([]);
    expect(ruleFindings(forbid, { ...forbid, id: 'g', schedule: 'day' })).toEqual(['redundant_rule rules.1']);
    expect(
      ruleFindings(permit, {
        ...permit,
        id: 'b',
        messages: { ko: { permitted: { repeat: '어서 오세요' } } },
      }),
    ).toEqual([]);
  });

  it('compares times on one clock only: a date or a schedule of another time zone is another time', () => {
    const berlin = { id: 'b', timeZone: 'Europe/Berlin' };
    const night = { ...permit, schedule: 'night' };
    expect(ruleFindings(night, { ...night, ...berlin })).toEqual([]);
    const from = (validFrom: string) => ({ ...permit, validFrom });
    expect(ruleFindings(from('2026-12-01'), { ...from('2026-12-01'), ...berlin })).toEqual([]);
    expect(ruleFindings(from('2026-12-01'), { ...from('2026-12-02'), id: 'b' })).toEqual([
      'redundant_rule rules.1',
    ]);
    expect(ruleFindings(from('2026-12-01'), { ...from('2026-12-01T00:00:00Z'), id: 'b' })).toEqual([]);
    const [early, late] = ['2026-12-01T00:00:00+09:00', '2026-12-01T00:00:00Z'];
    expect(ruleFindings(from(late), { ...from(early), ...berlin })).toEqual(['redundant_rule rules.0']);
    const until = (validUntil: string) => ({ ...permit, validUntil });
    expect(ruleFindings(until(late), { ...until(early), id: 'b' })).toEqual(['redundant_rule rules.1']);
    expect(ruleFindings(until(early), { ...from(early), id: 'b' })).toEqual([]);
    expect(ruleFindings({ ...permit, ...berlin }, { ...permit, id: 'c' })).toEqual([
      'redundant_rule rules.1',
    ]);
    expect(ruleFindings(night, { ...forbid, timeZone: 'Europe/Berlin', schedule: 'night' })).toEqual([]);
  });
});

describe('lint of schedules and calendars', () => {
  const schedule = { id: 'x', weekly: [{ days: ['mon' as const], from: '09:00', to: '10:00' }] };
  const used = { ...permit, schedule: 'x' };
  const about = (one: NonNullable<ReleaseInput['schedules']>[number], rules: RuleInput[] = [used]) =>
    findings({ schedules: [one], rules, calendars: [] }).filter((finding) => finding.includes('schedules'));

  it('finds those that never open, have opened for the last time, or are not used', () => {
    expect(about(schedule)).toEqual([]);
    expect(about(schedule, [permit])).toEqual(['unused_schedule schedules.0']);
    expect(about({ id: 'x' })).toEqual(['empty_schedule schedules.0']);
    const windows = [{ from: '09:00', to: '10:00' }];
    expect(about({ id: 'x', overrides: [{ date: '2026-11-20', windows }] })).toEqual([
      'lapsed_schedule schedules.0',
    ]);
    expect(about({ id: 'x', overrides: [{ date: '2026-11-01', lastDate: '2026-11-21', windows }] })).toEqual(
      [],
    );
    expect(about({ id: 'x', overrides: [{ date: '2027-01-01' }] })).toEqual(['empty_schedule schedules.0']);
  });

  it('finds those that open on holidays only, once their calendar is over', () => {
    const opening = { id: 'x', holidays: [{ calendar: 'c', windows: [{ from: '09:00', to: '10:00' }] }] };
    const over = (dates: string[], except: string[] = []) =>
      findings({
        schedules: [opening],
        calendars: [{ id: 'c', dates: dates.map((date) => ({ date })), except }],
        rules: [used],
      }).filter((finding) => finding.includes('schedules'));
    expect(over(['2026-01-01', '2026-12-25'])).toEqual([]);
    expect(over(['2026-01-01', '2026-12-25'], ['2026-12-25'])).toEqual(['lapsed_schedule schedules.0']);
    expect(over([])).toEqual(['empty_schedule schedules.0']);
  });

  it('finds calendars that end, ended, or were not looked at for long', () => {
    const calendar = (more: object) => {
      const calendars = [{ id: 'c', dates: [{ date: '2026-12-25' }], ...more }];
      const schedules = [{ ...schedule, holidays: [{ calendar: 'c' }] }];
      return lint(release({ calendars, schedules, rules: [used] }), now)
        .filter(({ path }) => path[0] === 'calendars')
        .map(({ message }) => message);
    };
    expect(calendar({ coversUntil: '2028-01-01' })).toEqual([]);
    expect(calendar({})).toEqual(['calendar "c" ends on 2026-12-26']);
    expect(calendar({ coversUntil: '2027-01-21' })).toEqual(['calendar "c" ends on 2027-01-21']);
    expect(calendar({ coversUntil: '2027-01-22' })).toEqual([]);
    expect(calendar({ coversUntil: '2026-11-22' })).toEqual(['calendar "c" ended on 2026-11-22']);
    expect(calendar({ dates: [] })).toEqual(['calendar "c" ended on 1970-01-01']);
    const checkedOn = '2025-10-17';
    expect(calendar({ coversUntil: '2028-01-01', checkedOn })).toEqual([
      'calendar "c" was last compared with its source on 2025-10-17',
    ]);
    expect(calendar({ coversUntil: '2028-01-01', checkedOn: '2025-10-18' })).toEqual([]);
  });

  it('finds a calendar that is not used, and lets the built-in one pass', () => {
    const calendars = [{ id: 'kr', use: 'KR' as const }];
    expect(findings({ calendars, schedules: [schedule], rules: [used] })).toContain(
      'unused_calendar calendars.0',
    );
    const schedules = [{ ...schedule, holidays: [{ calendar: 'kr' }] }];
    expect(findings({ calendars, schedules, rules: [used] }).filter((f) => f.includes('calendars'))).toEqual(
      [],
    );
  });
});

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

describe('lint of ways out', () => {
  const exit = { id: 'out', match: { door: 2 }, direction: 'out' as const };
  const everyone: RuleInput = { id: 'go', effect: 'permit', who: { everyone: true }, zones: ['out'] };
  const about = (...rules: RuleInput[]) =>
    findings({ zones: [exit, { id: 'hall', match: {}, direction: 'in' }], rules }).filter((finding) =>
      finding.startsWith('exit'),
    );

  it('finds those that may stay shut to somebody', () => {
    expect(about(everyone)).toEqual([]);
    expect(about({ ...everyone, zones: ['hall'] })).toEqual([]);
    expect(about()).toEqual([]);
    const found = ['exit_may_stay_shut zones.0'];
    expect(about({ ...everyone, who: { groups: ['people'] } })).toEqual(found);
    expect(about({ ...everyone, who: { everyone: true, tags: { a: 'b' } } })).toEqual(found);
    expect(about({ ...everyone, who: { everyone: true, except: { members: ['m'] } } })).toEqual(found);
    expect(about({ ...everyone, schedule: 'day' })).toEqual(found);
    expect(about({ ...everyone, validFrom: '2026-01-01' })).toEqual(found);
    expect(about({ ...everyone, validUntil: '2030-01-01' })).toEqual(found);
    expect(about(everyone, { ...everyone, id: 'b', schedule: 'day' })).toEqual([]);
    expect(about(everyone, { ...forbid, zones: ['hall'] })).toEqual(found);
  });

  it('finds them also where the zone around says which way they lead', () => {
    const within = { id: 'gate', match: { door: 2, gate: 1 } };
    const rules = [everyone, { ...forbid, zones: ['gate'] }];
    const ofZones = findings({ zones: [exit, within], rules }).filter(
      (finding) => !finding.startsWith('unused'),
    );
    expect(ofZones).toEqual(['calendar_ends calendars.0', 'exit_may_stay_shut zones.1']);
  });

  it('notes a forbid of a zone that devices of a way out may match too', () => {
    const exits = (gym: NonNullable<ReleaseInput['zones']>[number]) =>
      lint(release({ zones: [exit, gym], rules: [everyone, { ...forbid, zones: ['gym'] }] }), now).filter(
        ({ code }) => code === 'exit_may_stay_shut',
      );
    expect(exits({ id: 'gym', match: { floor: 10 } })).toMatchObject([
      {
        severity: 'note',
        path: ['zones', 0],
        message:
          'zone "out" is a way out, and rule "f" forbids leaving by devices of it that match zone "gym" too',
      },
    ]);
    // Devices of both are on the way in, or there are none.
    expect(exits({ id: 'gym', match: { floor: 10, gate: 1 }, direction: 'in' })).toEqual([]);
    expect(exits({ id: 'gym', match: { floor: 10, door: 1 } })).toEqual([]);
  });

  it('names the doors that do not say which way they lead, once for a site', () => {
    const zones = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ id, match: { door: id } }));
    const found = (list: NonNullable<ReleaseInput['zones']>) =>
      lint(release({ zones: list, rules: [] }), now).filter(({ code }) => code === 'doors_without_direction');
    expect(found([exit])).toEqual([]);
    expect(found(zones)).toMatchObject([
      { path: ['sites', 0], message: expect.stringContaining('6 zones'), severity: 'note' },
    ]);
    expect(found(zones)[0]?.message).toMatch(/a, b, c, d, e, …$/);
    expect(found(zones.slice(0, 5))[0]?.message).toMatch(/a, b, c, d, e$/);
  });
});

describe('lint of messages', () => {
  const about = (changes: Partial<ReleaseInput>) =>
    findings(changes).filter((finding) => finding.includes('message'));

  it('finds texts that are never shown', () => {
    const left = { repeat: '{remaining}/{limit}' };
    expect(about({ messages: { ko: { permitted: left, permitted_by_pass: left } } })).toEqual([]);
    expect(about({ messages: { ko: { quota_spent: left } } })).toEqual([
      'message_never_shown messages.ko.quota_spent.repeat',
    ]);
    const rule = (messages: NonNullable<RuleInput['messages']>) =>
      about({ rules: [{ ...permit, messages }] });
    expect(rule({ ko: { closed_now: { ticket: '{time}' } } })).toEqual([]);
    expect(rule({ ko: { closed_now: { ticket: '{limit}' } } })).toEqual([
      'message_never_shown rules.0.messages.ko.closed_now.ticket',
    ]);
    expect(rule({ ko: { no_grant: { repeat: '권한 없음' } } })).toEqual([
      'message_never_shown rules.0.messages.ko.no_grant',
    ]);
  });

  it('finds texts that tell bystanders why somebody is turned away', () => {
    const text = { repeat: '정지된 회원입니다' };
    expect(about({ messages: { ko: { member_suspended: text } } })).toEqual([
      'telling_message messages.ko.member_suspended',
    ]);
    const same = { unknown_member: text, member_suspended: text, deny_listed: text };
    expect(about({ messages: { ko: same } })).toEqual([]);
    expect(about({ messages: { ko: { ...same, deny_listed: { repeat: '출입 금지' } } } })).toEqual([
      'telling_message messages.ko.unknown_member',
    ]);
    expect(about({ messages: { ko: { forbidden: { repeat: '정비 중입니다' } } } })).toEqual([]);
    const ofRule = { ...permit, messages: { ko: { deny_listed: text } } };
    expect(about({ rules: [ofRule] })).toEqual(['telling_message rules.0.messages.ko.deny_listed']);
  });
});

describe('lint of areas', () => {
  const about = (area: object, zones: NonNullable<ReleaseInput['zones']>, rules: RuleInput[]) =>
    lint(
      parseRelease({
        sites: [{ id: 's', timeZone: 'Asia/Seoul' }],
        groups: [{ id: 'members' }, { id: 'hosts', parents: ['members'] }, { id: 'guests' }],
        areas: [{ id: 'room', ...area }],
        zones,
        rules,
      }),
      now,
    )
      .filter(({ path }) => path[0] === 'areas')
      .map(({ code }) => code);
  const inside = { id: 'in', match: { door: 1 }, area: 'room' };
  const outside = { id: 'out', match: { door: 2 }, area: 'room', direction: 'out' as const };
  const rule: RuleInput = { ...permit, zones: ['in'] };

  it('finds areas without doors, or without a way out where people are counted', () => {
    expect(about({}, [{ id: 'x', match: {} }], [])).toEqual(['unused_area']);
    expect(about({}, [inside], [rule])).toEqual([]);
    expect(about({ maxOccupancy: 5 }, [inside], [rule])).toEqual(['area_without_exit']);
    expect(about({ antiPassback: { mode: 'hard' } }, [inside], [rule])).toEqual(['area_without_exit']);
    expect(about({ antiPassback: { mode: 'soft' } }, [inside], [rule])).toEqual([]);
    expect(about({ maxOccupancy: 5 }, [inside, outside], [rule])).toEqual([]);
    // A door belongs to the area that the zone around it names.
    const hall = { id: 'hall', match: { floor: 1 }, area: 'area' };
    const gate = { id: 'gate', match: { floor: 1, side: 'out' }, direction: 'out' as const };
    expect(about({ maxOccupancy: 5 }, [hall, gate], [{ ...rule, zones: ['hall'] }])).toEqual([]);
  });

  it('finds a first person whom nothing lets in', () => {
    const first = { firstPerson: { groups: ['guests'] } };
    expect(about(first, [inside], [rule])).toEqual(['first_person_cannot_come']);
    expect(about({ firstPerson: { groups: ['hosts'] } }, [inside], [rule])).toEqual([]);
    expect(
      about({ firstPerson: { groups: ['members'] } }, [inside], [{ ...rule, who: { groups: ['hosts'] } }]),
    ).toEqual([]);
    expect(about(first, [inside], [{ ...rule, who: { everyone: true } }])).toEqual([]);
    expect(about(first, [inside], [{ ...rule, effect: 'forbid', who: { groups: ['guests'] } }])).toEqual([
      'first_person_cannot_come',
    ]);
    expect(about({ ...first, bypassGroups: ['hosts'] }, [inside], [rule])).toEqual([]);
  });
});

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
  });
});
