import { describe, expect, it } from 'vitest';
import { member, release } from '../../test/venue.ts';
import { AccessError, compile, decide, type ReleaseInput } from '../index.ts';
import { parseRelease } from '../schema/index.ts';

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

  it('gives an issue no hint where nothing comes near', () => {
    const input = release({ groups: [...release().groups, { id: 'x', parents: ['elsewhere'] }] });
    let thrown: unknown;
    try {
      compile(input);
    } catch (error) {
      thrown = error;
    }
    expect(thrown instanceof AccessError && thrown.issues).toStrictEqual([
      { path: ['groups', 5, 'parents', 0], message: 'group "elsewhere" is not defined' },
    ]);
  });

  it('refuses groups that are their own ancestors', () => {
    const groups = [...release().groups, { id: 'a', parents: ['b'] }, { id: 'b', parents: ['a'] }];
    expect(complaints({ groups })).toEqual(['groups[5].parents: group "a" is its own ancestor: a → b → a']);
  });

  it('names each cycle once, and nothing that only leads into one', () => {
    const groups = [
      { id: 'below', parents: ['b'] },
      { id: 'a', parents: ['top', 'c'] },
      { id: 'b', parents: ['a'] },
      { id: 'c', parents: ['b'] },
      { id: 'self', parents: ['self'] },
      { id: 'top' },
    ];
    expect(complaints({ groups: [...release().groups, ...groups] })).toEqual([
      'groups[6].parents: group "a" is its own ancestor: a → c → b → a',
      'groups[9].parents: group "self" is its own ancestor: self → self',
    ]);
  });

  it('resolves groups of many parents, each ancestor once', () => {
    const groups = [
      { id: 'leaf', parents: ['left', 'right', 'left'] },
      { id: 'left', parents: ['root'] },
      { id: 'right', parents: ['root'] },
      { id: 'root' },
    ];
    const { groups: closures } = compile(release({ groups: [...release().groups, ...groups] }));
    expect([...(closures.get('leaf') ?? [])].sort()).toEqual(['leaf', 'left', 'right', 'root']);
  });

  it('refuses more groups above one than a door can go through', () => {
    const above = (count: number) =>
      Array.from({ length: count + 1 }, (_, n) => ({
        id: `g${n}`,
        parents: n === count ? [] : [`g${n + 1}`],
      }));
    const named = (issues: readonly string[]) =>
      issues.map((issue) => issue.replace(/^groups\[\d+\]\.parents: /, ''));
    expect(complaints({ groups: [...release().groups, ...above(100)] })).toEqual([]);
    expect(named(complaints({ groups: [...release().groups, ...above(101)] }))).toEqual([
      'group "g0" has more than 100 groups above it',
    ]);
    // What comes back for ten thousand shows that it came back at all: neither stack nor time were spent.
    const [first, ...more] = complaints({ groups: [...release().groups, ...above(10_000)] });
    expect(first).toMatch(/has more than 100 groups above it$/);
    expect(more.length).toBeLessThan(10_000);
    const ring = above(10_000).map(({ id, parents }) => ({
      id,
      parents: parents.length > 0 ? parents : ['g0'],
    }));
    expect(complaints({ groups: [...release().groups, ...ring] })).toEqual([
      expect.stringMatching(/group "g0" is its own ancestor: g0 → g1 → .* → … \(10001 groups\)$/),
    ]);
  });

  it('counts the groups above one however its parents are listed', () => {
    const chain = Array.from({ length: 100 }, (_, n) => ({
      id: `g${n}`,
      parents: n === 99 ? [] : [`g${n + 1}`],
    }));
    const below = (...parents: string[]) =>
      complaints({ groups: [...release().groups, ...chain, { id: 'aside' }, { id: 'below', parents }] });
    const tooMany = ['groups[106].parents: group "below" has more than 100 groups above it'];
    expect(below('g0')).toEqual([]);
    expect(below('g1', 'aside')).toEqual([]);
    expect(below('g0', 'aside')).toEqual(tooMany);
    expect(below('aside', 'g0')).toEqual(tooMany);
    expect(below('g1', 'aside', 'people')).toEqual(tooMany);
  });

  it('tells of too many groups above one also where a parent is not defined', () => {
    const chain = Array.from({ length: 102 }, (_, n) => ({
      id: `g${n}`,
      parents: n === 101 ? ['nowhere'] : [`g${n + 1}`],
    }));
    expect(complaints({ groups: [...release().groups, ...chain] })).toEqual([
      'groups[106].parents[0]: group "nowhere" is not defined',
      'groups[5].parents: group "g0" has more than 100 groups above it',
    ]);
  });

  it('names up to ten groups of a cycle, and of a longer one the first ten', () => {
    const ring = (length: number) =>
      complaints({
        groups: [
          ...release().groups,
          ...Array.from({ length }, (_, n) => ({ id: `g${n}`, parents: [`g${(n + 1) % length}`] })),
        ],
      });
    const ten = 'g0 → g1 → g2 → g3 → g4 → g5 → g6 → g7 → g8 → g9';
    expect(ring(10)).toEqual([`groups[5].parents: group "g0" is its own ancestor: ${ten} → g0`]);
    expect(ring(11)).toEqual([`groups[5].parents: group "g0" is its own ancestor: ${ten} → … (11 groups)`]);
  });

  it('looks for what may have been meant for the first hundred names that are not defined', () => {
    const parents = (count: number) => Array.from({ length: count }, (_, n) => `nowhere-${n}`);
    const hinted = (wrong: number) =>
      complaints({ groups: [...release().groups, { id: 'x', parents: [...parents(wrong), 'staf'] }] }).at(-1);
    expect(hinted(99)).toBe('groups[5].parents[99]: group "staf" is not defined (did you mean "staff"?)');
    expect(hinted(100)).toBe('groups[5].parents[100]: group "staf" is not defined');
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

  it('accepts codes and texts that just fit', () => {
    const fits = { code: 'c'.repeat(50), repeat: '가'.repeat(19), ticket: '가'.repeat(38) };
    expect(complaints({ messages: { ko: { no_grant: fits } } })).toEqual([]);
    expect(complaints({ messages: { ko: { no_grant: { ...fits, code: 'c'.repeat(51) } } } })).toEqual([
      'messages.ko.no_grant.code: code has 51 bytes, at most 50 are allowed',
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

describe('compile: references', () => {
  it('are checked wherever a group, site, area or calendar is named', () => {
    const groups = [{ id: 'staff', parents: ['staf'] }];
    const zones = [
      { id: 'a', site: 'gangnan', match: {} },
      { id: 'b', area: 'rom', match: {} },
    ];
    const issues = complaints({
      sites: [{ id: 'gangnam', timeZone: 'Asia/Seoul', exemptGroups: ['staff', 'guards'] }],
      groups,
      zones,
      areas: [{ id: 'room', firstPerson: { groups: ['host'] }, bypassGroups: ['staff', 'cleaners'] }],
      schedules: [{ id: 'day', holidays: [{ calendar: 'nowhere' }] }],
      rules: [
        {
          id: 'r',
          effect: 'permit',
          who: { everyone: true, except: { groups: ['staff', 'nobody'] } },
          zones: ['a', '*'],
        },
      ],
    });
    expect(issues).toEqual([
      'groups[0].parents[0]: group "staf" is not defined (did you mean "staff"?)',
      'sites[0].exemptGroups[1]: group "guards" is not defined',
      'zones[0].site: site "gangnan" is not defined (did you mean "gangnam"?)',
      'zones[1].area: area "rom" is not defined (did you mean "room"?)',
      'areas[0].firstPerson.groups[0]: group "host" is not defined',
      'areas[0].bypassGroups[1]: group "cleaners" is not defined',
      'schedules[0].holidays[0].calendar: calendar "nowhere" is not defined',
      'rules[0].who.except.groups[1]: group "nobody" is not defined',
    ]);
  });

  it('ask zones to name their site where there are several, and areas to lie at one', () => {
    const sites = ['a', 'b'].map((id) => ({ id, timeZone: 'Asia/Seoul' }));
    const zones = [
      { id: 'x', match: { gate: 1 } },
      { id: 'y', site: 'a', match: { gate: 2 }, area: 'room' },
      { id: 'z', site: 'b', match: { gate: 3 }, area: 'room' },
      { id: 'w', site: 'b', match: { gate: 4 }, area: 'other' },
      { id: 'v', site: 'b', match: { gate: 5 }, area: 'other' },
    ];
    expect(complaints({ sites, zones, rules: [], areas: [{ id: 'room' }, { id: 'other' }] })).toEqual([
      'zones[0].site: zone "x" names no site (with several sites each zone names its own)',
      'zones[2].area: area "room" has doors at sites "a" and "b" (an area lies at one site)',
    ]);
  });
});

describe('compile: ids and groups', () => {
  it('refuses the second of two of a kind', () => {
    const double = { id: 'x' };
    const issues = complaints({
      sites: [
        { id: 'x', timeZone: 'Asia/Seoul' },
        { id: 'x', timeZone: 'Asia/Seoul' },
      ],
      groups: [double, double],
      zones: [
        { id: 'x', site: 'x', match: { gate: 1 } },
        { id: 'x', site: 'x', match: { gate: 2 } },
      ],
      areas: [double, double],
      schedules: [double, double],
      calendars: [double, double],
      rules: [],
    });
    expect(issues).toEqual([
      'sites[1].id: site "x" is defined twice',
      'groups[1].id: group "x" is defined twice',
      'zones[1].id: zone "x" is defined twice',
      'areas[1].id: area "x" is defined twice',
      'schedules[1].id: schedule "x" is defined twice',
      'calendars[1].id: calendar "x" is defined twice',
    ]);
  });

  it('names cycles of any length, and none where groups meet again without one', () => {
    const group = (id: string, ...parents: string[]) => ({ id, parents });
    const about = (groups: { id: string; parents: string[] }[]) =>
      complaints({
        sites: release().sites.map((site) => ({ ...site, exemptGroups: [] })),
        groups,
        rules: [],
      });
    expect(about([group('a', 'a')])).toEqual(['groups[0].parents: group "a" is its own ancestor: a → a']);
    expect(about([group('a', 'b', 'c'), group('b', 'd'), group('c', 'd'), group('d')])).toEqual([]);
    expect(about([group('a', 'b'), group('b', 'x', 'c'), group('c', 'a'), group('x')])).toEqual([
      'groups[0].parents: group "a" is its own ancestor: a → b → c → a',
    ]);
    expect(about([group('p', 'a'), group('a', 'b'), group('b', 'a')])).toEqual([
      'groups[1].parents: group "a" is its own ancestor: a → b → a',
    ]);
  });

  it('puts a member of a group into everything above it, once', () => {
    const groups = [
      { id: 'a', parents: ['b', 'c'] },
      { id: 'b', parents: ['d'] },
      { id: 'c', parents: ['d'] },
      { id: 'd' },
    ];
    const compiled = compile(
      parseRelease({ sites: [{ id: 's', timeZone: 'UTC' }], groups, zones: [{ id: 'z', match: {} }] }),
    );
    const groupsOf = (...own: string[]) =>
      [...decide(compiled, member({ groups: own }), { merchantUserKey: 'm', params: {} }, 0).groups].sort();
    expect(groupsOf('a')).toEqual(['a', 'b', 'c', 'd']);
    expect(groupsOf('b', 'c')).toEqual(['b', 'c', 'd']);
    expect(groupsOf('d')).toEqual(['d']);
    expect(groupsOf('elsewhere')).toEqual(['elsewhere']);
    expect(groupsOf('elsewhere', 'd')).toEqual(['d', 'elsewhere']);
    expect(groupsOf()).toEqual([]);
  });
});

describe('compile: schedules', () => {
  const schedule = (more: object) =>
    complaints({ schedules: [...release().schedules, { id: 'x', ...more }] });

  it('refuses empty windows on holidays and overrides too', () => {
    const windows = [
      { from: '10:00', to: '11:00' },
      { from: '10:00', to: '10:00' },
    ];
    expect(
      schedule({
        holidays: [{ calendar: 'holidays', windows }],
        overrides: [{ date: '2026-01-01', windows }],
      }),
    ).toEqual([
      'schedules[2].holidays[0].windows[1]: a window from 10:00 to 10:00 is empty (the whole day is "00:00" to "24:00")',
      'schedules[2].overrides[0].windows[1]: a window from 10:00 to 10:00 is empty (the whole day is "00:00" to "24:00")',
    ]);
  });

  it('refuses overrides that end before they begin, last for years, or meet', () => {
    expect(schedule({ overrides: [{ date: '2026-01-02', lastDate: '2026-01-01' }] })).toEqual([
      'schedules[2].overrides[0].lastDate: lastDate 2026-01-01 is before date 2026-01-02',
    ]);
    expect(schedule({ overrides: [{ date: '2026-01-01', lastDate: '2028-09-26' }] })).toEqual([]);
    expect(
      schedule({ overrides: [{ date: '2026-01-01', lastDate: '2028-09-27' }, { date: '2026-01-02' }] }),
    ).toEqual(['schedules[2].overrides[0].lastDate: an override spans at most 1000 days']);
    const meeting = [
      { date: '2026-01-01', lastDate: '2026-01-05' },
      { date: '2026-01-06' },
      { date: '2026-01-05', lastDate: '2026-01-07' },
    ];
    expect(schedule({ overrides: meeting })).toEqual([
      'schedules[2].overrides[2]: overrides 0 and 2 both speak of the same date (keep one of them)',
    ]);
  });

  it('finds overrides that meet whichever lies between them', () => {
    const meeting = (...runs: [string, string][]) =>
      schedule({ overrides: runs.map(([date, lastDate]) => ({ date, lastDate })) });
    const said = (earlier: number, later: number) =>
      `schedules[2].overrides[${later}]: overrides ${earlier} and ${later} both speak of the same date (keep one of them)`;
    const long: [string, string] = ['2026-01-01', '2026-01-10'];
    expect(meeting(long, ['2026-01-02', '2026-01-03'], ['2026-01-05', '2026-01-05'])).toEqual([
      said(0, 1),
      said(0, 2),
    ]);
    expect(meeting(['2025-12-01', '2025-12-02'], long, ['2026-01-10', '2026-01-12'])).toEqual([said(1, 2)]);
    expect(meeting(long, long)).toEqual([said(0, 1)]);
    expect(meeting(['2026-01-11', '2026-01-12'], long, ['2025-12-31', '2025-12-31'])).toEqual([]);
  });
});

describe('compile: texts of rules', () => {
  it('are measured like those of the release', () => {
    const rules = [
      ...release().rules,
      {
        id: 'x',
        effect: 'permit' as const,
        who: { everyone: true as const },
        zones: ['gym'],
        quota: { max: 100, per: 'day' as const },
        messages: {
          ko: { permitted: { repeat: `{remaining}/{limit} ${'가'.repeat(12)}`, ticket: '{date} {site}' } },
        },
      },
    ];
    expect(complaints({ rules })).toEqual([
      'rules[6].messages.ko.permitted.repeat: repeat text can reach 20 characters, at most 19 are shown (FacePass would ignore the whole text)',
    ]);
    expect(complaints({ rules: rules.map((rule) => ({ ...rule, quota: undefined })) })).toEqual([]);
  });

  it('are measured by the longest name of any zone and site, or by the id where there is none', () => {
    const names = (zone: object, site: object) => ({
      sites: [{ id: 's', timeZone: 'UTC', ...site }],
      zones: [{ id: 'z', match: {}, ...zone }],
      rules: [],
      groups: [],
      schedules: [],
      messages: { ko: { no_grant: { repeat: '{zone}{site}'.padEnd(28, '-') } } },
    });
    expect(complaints(names({}, {}))).toEqual([]);
    expect(complaints(names({ name: 'zz' }, {}))).toHaveLength(0);
    expect(complaints(names({ name: 'zzz' }, {}))).toHaveLength(1);
    expect(complaints(names({}, { name: 'sss' }))).toHaveLength(1);
  });
});

describe('compile: size', () => {
  /** Entries of all lists, maps and sets in a value, each counted once. */
  function entriesIn(value: unknown, seen = new Set<unknown>()): number {
    if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
    seen.add(value);
    const parts =
      value instanceof Map
        ? [...value.keys(), ...value.values()]
        : value instanceof Set
          ? [...value]
          : Object.values(value);
    const own = value instanceof Map || value instanceof Set || Array.isArray(value) ? parts.length : 0;
    return parts.reduce<number>((sum, part) => sum + entriesIn(part, seen), own);
  }

  const named = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, position) => `${prefix}${position}`);
  const sizeOf = (doors: number, subjects: { groups?: string[]; members?: string[] }) => {
    const input = release({
      groups: (subjects.groups ?? []).map((id) => ({ id })),
      sites: [{ id: 'hq', timeZone: 'Asia/Seoul' }],
      zones: named('z', doors).map((id) => ({ id, match: { door: id } })),
      rules: [{ id: 'r', effect: 'permit', who: subjects, zones: named('z', doors) }],
    });
    const { release: _, ...compiled } = compile(input);
    return { compiled: entriesIn(compiled), written: entriesIn(input) };
  };

  it('puts each zone under the parameter where a question meets the fewest others, in whatever order they are named', () => {
    const zones = named('z', 20).map((id, n) => ({
      id,
      match: n % 2 === 0 ? { building: 1, door: [id, n] } : { door: [id, n], building: [1, 2] },
    }));
    const { byParam } = compile(release({ zones, rules: [] })).zones;
    expect([...byParam.keys()]).toEqual(['door']);
    const met = [...(byParam.get('door')?.values() ?? [])].map((list) => list.length);
    expect(met).toEqual(Array.from({ length: 40 }, () => 1));
  });

  it.each([
    ['many zones and groups', 60, { groups: named('g', 60) }],
    ['many zones and members', 60, { members: named('m', 60) }],
    ['many zones, groups and members', 60, { groups: named('g', 30), members: named('m', 30) }],
  ])('grows with what is written, not with the product of its parts: %s', (_, doors, subjects) => {
    const { compiled, written } = sizeOf(doors, subjects);
    expect(compiled).toBeLessThan(8 * written);
  });
});
