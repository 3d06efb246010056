import { describe, expect, it } from 'vitest';
import { AccessError, describeIssue } from '../access-error.ts';
import { memberSchema, parseRelease, releaseSchema } from './index.ts';

const COMPOSED = '층'.normalize('NFC');
const DECOMPOSED = '층'.normalize('NFD');

/** A document that is right but for one record, written as JSON because only there a key can be `__proto__`. */
function releaseWith(records: { match?: string; tags?: string; messages?: string; test?: string }): unknown {
  const { match = '{}', tags = '{}', messages = '{}', test = '"params": {}' } = records;
  return JSON.parse(`{
    "sites": [{ "id": "hq", "timeZone": "Asia/Seoul" }],
    "zones": [{ "id": "door", "match": ${match} }],
    "rules": [{ "id": "in", "effect": "permit", "who": { "everyone": true, "tags": ${tags} }, "zones": ["door"] }],
    "messages": ${messages},
    "tests": [{ "name": "t", "at": "2026-12-04 09:00", "expect": { "effect": "deny" }, ${test} }]
  }`);
}

function complaints(document: unknown): string[] {
  try {
    parseRelease(document);
    return [];
  } catch (error) {
    if (error instanceof AccessError) return error.issues.map(describeIssue);
    throw error;
  }
}

describe('a name that would be lost', () => {
  it.each([
    ['a zone’s match', { match: '{ "__proto__": ["9"] }' }, 'zones[0].match'],
    ['a rule’s tags', { tags: '{ "__proto__": ["gold"] }' }, 'rules[0].who.tags'],
    ['messages', { messages: '{ "__proto__": { "closed_now": { "repeat": "닫힘" } } }' }, 'messages'],
    ['messages of a locale', { messages: '{ "ko": { "__proto__": { "repeat": "닫힘" } } }' }, 'messages.ko'],
    ['a test’s params', { test: '"params": { "__proto__": 1 }' }, 'tests[0].params'],
    [
      'a test’s tags',
      { test: '"params": {}, "member": { "tags": { "__proto__": "1" } }' },
      'tests[0].member.tags',
    ],
    [
      'a test’s quotas',
      { test: '"params": {}, "given": { "used": { "__proto__": 1 } }' },
      'tests[0].given.used',
    ],
  ])('is refused in %s', (_, records, path) => {
    const document = releaseWith(records);
    expect(complaints(document)).toEqual([`${path}.__proto__: is a reserved name: choose another`]);
    // Whoever embeds the schema in one of their own is as safe.
    expect(releaseSchema.safeParse(document).success).toBe(false);
  });

  it('is refused among the tags of a member', () => {
    const member = JSON.parse(
      '{ "merchantUserKey": "m-1", "status": "active", "version": 1, "tags": { "__proto__": "1" } }',
    );
    expect(memberSchema.safeParse(member).success).toBe(false);
  });

  it('is refused where two names are one text in two Unicode forms', () => {
    const match = `{ "${COMPOSED}": "1", "${DECOMPOSED}": "2" }`;
    expect(complaints(releaseWith({ match }))).toEqual([
      `zones[0].match.${DECOMPOSED}: is named twice, in two Unicode forms of the same text: keep one of them`,
    ]);
  });

  it('does not keep other names from being used, those of object members included', () => {
    const match = '{ "constructor": "1", "prototype": "2", "hasOwnProperty": "3", "toString": "4" }';
    expect(parseRelease(releaseWith({ match })).zones[0]?.match).toEqual(
      Object.fromEntries([
        ['constructor', ['1']],
        ['prototype', ['2']],
        ['hasOwnProperty', ['3']],
        ['toString', ['4']],
      ]),
    );
  });

  it('leaves it to the schema to say what is no record at all', () => {
    expect(complaints(releaseWith({ match: '["9"]' }))).toEqual([
      'zones[0].match: expected record, received array',
    ]);
    expect(complaints(releaseWith({ match: 'null' }))).toEqual([
      'zones[0].match: expected record, received null',
    ]);
  });
});

describe('a key that is not known', () => {
  const minimal = { sites: [{ id: 'hq', timeZone: 'Asia/Seoul' }] };

  it.each([
    [{ zone: [] }, 'zone: is not known here (did you mean "zones"?)'],
    [
      { sites: [{ ...minimal.sites[0], timezone: 'x' }] },
      'sites[0].timezone: is not known here (did you mean "timeZone"?)',
    ],
    [
      { areas: [{ id: 'a', antiPassback: { mode: 'off', exit: 'flag' } }] },
      'areas[0].antiPassback.exit: is not known here (did you mean "exits"?)',
    ],
    [
      { calendars: [{ id: 'c', dates: [{ date: '2026-12-25', comment: 'x' }] }] },
      'calendars[0].dates[0].comment: is not known here (known are date, name)',
    ],
    [
      { messages: { ko: { closed_now: { text: '닫힘' } } } },
      'messages.ko.closed_now.text: is not known here (known are code, repeat, ticket)',
    ],
    [
      {
        rules: [{ id: 'r', effect: 'permit', zones: ['*'], who: { everyone: true, except: { group: [] } } }],
      },
      'rules[0].who.except.group: is not known here (did you mean "groups"?)',
    ],
    [
      { constructor: 1 },
      'constructor: is not known here (known are sites, groups, zones, schedules, calendars, rules, areas, messages, tests)',
    ],
  ])('is told with those that are: %j', (part, complaint) => {
    expect(complaints({ ...minimal, ...part })).toEqual([complaint]);
  });
});

describe('the parameters of a test', () => {
  const withParams = (params: unknown) => {
    // Written as JSON, this could not hold what is tried here.
    const document = releaseWith({}) as { tests: { params: unknown }[] };
    for (const test of document.tests) test.params = params;
    return complaints(document);
  };
  const nested = (depth: number): unknown => (depth === 0 ? 'x' : [nested(depth - 1)]);

  it('are whatever JSON holds', () => {
    expect(withParams({ floor: 10, vip: true, none: null, list: [1, { a: 'b' }], deep: nested(31) })).toEqual(
      [],
    );
  });

  it('are nothing that has no bytes', () => {
    const endless: Record<string, unknown> = {};
    endless['self'] = endless;
    for (const value of [Number.NaN, () => 1, 1n, endless, nested(32), nested(5000)]) {
      expect(withParams({ value })).toEqual([
        'tests[0].params: expected values of JSON, nested at most 32 deep',
      ]);
    }
  });
});

describe('the moment of a test', () => {
  const at = (moment: string) => complaints(releaseWith({ test: `"params": {}, "at": "${moment}"` }));

  it('exists', () => {
    for (const moment of [
      '2026-12-31 09:00',
      '2028-02-29T23:59:59',
      '2026-12-04 22:00:00Z',
      '2026-12-04 22:00+09:00',
    ]) {
      expect(at(moment)).toEqual([]);
    }
    const complaint = 'tests[0].at: expected a date and time that exist, such as "2026-12-31 09:00"';
    for (const moment of [
      '2026-02-30 09:00',
      '2026-13-01 09:00',
      '2026-12-04 24:00',
      '2026-12-04 09:60',
      '2026-12-04 09:00+99:00',
    ]) {
      expect(at(moment)).toEqual([complaint]);
    }
  });
});

describe('whom a rule is about', () => {
  const about = (who: unknown) =>
    complaints({
      sites: [{ id: 'hq', timeZone: 'Asia/Seoul' }],
      zones: [{ id: 'door', match: {} }],
      rules: [{ id: 'in', effect: 'permit', who, zones: ['door'] }],
    });

  it('has to be said: tags without any tag are nobody, and not everybody', () => {
    const complaint = 'rules[0].who: expected at least one of everyone, groups, members, tags';
    expect(about({})).toEqual([complaint]);
    expect(about({ tags: {} })).toEqual([complaint]);
    expect(about({ tags: {}, except: { groups: [] } })).toEqual([complaint]);
    expect(about({ everyone: true, tags: {} })).toEqual([]);
    expect(about({ tags: { level: 'gold' } })).toEqual([]);
  });
});
