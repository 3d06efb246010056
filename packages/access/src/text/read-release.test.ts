import { describe, expect, it } from 'vitest';
import { releaseJsonSchema } from '../schema/index.ts';
import { AccessError, describeIssue, readRelease } from './index.ts';

function complaints(text: string): string[] {
  try {
    readRelease(text);
    return [];
  } catch (error) {
    if (error instanceof AccessError) return error.issues.map(describeIssue);
    throw error;
  }
}

const small = `
sites:
  - { id: gangnam, timeZone: Asia/Seoul }
groups:
  - id: staff
zones:
  - id: gate-A
    match: { gate: A, floor: [1, 2] }
rules:
  - id: staff-in
    effect: permit
    who: { groups: [staff] }
    zones: [gate-A]
`;

describe('readRelease', () => {
  it('reads YAML, with times and dates as they are written', () => {
    const { compiled } = readRelease(`${small}    schedule: day
schedules:
  - id: day
    weekly: [{ days: [mon, tue], from: 09:00, to: 18:00 }]
    overrides: [{ date: 2026-12-31 }]
`);
    expect(compiled.release.schedules[0]).toMatchObject({
      weekly: [{ days: ['mon', 'tue'], from: '09:00', to: '18:00' }],
      overrides: [{ date: '2026-12-31', windows: [] }],
    });
    expect(compiled.release.zones[0]?.match).toEqual({ gate: ['A'], floor: ['1', '2'] });
  });

  it('reads JSON alike', () => {
    const { compiled } = readRelease(small);
    expect(readRelease(JSON.stringify(compiled.release)).compiled.release).toEqual(compiled.release);
    expect(readRelease(JSON.stringify(compiled.release, null, 2)).lineOf(['sites'])).toBe(2);
  });

  it('names the line and the nearest name for a reference to nothing', () => {
    expect(complaints(small.replace('zones: [gate-A]', 'zones: [gate-a]'))).toEqual([
      'line 13: rules[0].zones[0]: zone "gate-a" is not defined (did you mean "gate-A"?)',
    ]);
  });

  it('names the line of a misspelt key, a misspelt value, a wrong type and what is missing', () => {
    const text = small
      .replace('effect: permit', 'effect: permitt')
      .replace('who:', 'wo:')
      .replace('match: {', 'matches: {')
      .replace('Asia/Seoul', 'Seoul')
      .replace('- id: staff\n', '- id: [staff]\n');
    expect(complaints(text)).toEqual([
      'line 3: sites[0].timeZone: expected an IANA time zone such as "Asia/Seoul"',
      'line 5: groups[0].id: expected string, received array',
      'line 7: zones[0].match: is missing',
      'line 8: zones[0].matches: is not known here (did you mean "match"?)',
      'line 11: rules[0].effect: "permitt" is none of "permit", "forbid" (did you mean "permit"?)',
      'line 10: rules[0].who: is missing',
      'line 12: rules[0].wo: is not known here (did you mean "who"?)',
    ]);
  });

  it('lists the keys that are known where nothing comes near', () => {
    const [complaint] = complaints(small.replace('- id: staff\n', '- id: staff\n    colour: red\n'));
    expect(complaint).toBe('line 6: groups[0].colour: is not known here (known are id, name, parents)');
  });

  it('names the line on which a part begins, whatever its value spans', () => {
    expect(complaints(small.replace('- id: staff\n', '- id: staff\n    colour:\n      red: 1\n'))).toEqual([
      'line 6: groups[0].colour: is not known here (known are id, name, parents)',
    ]);
    expect(
      complaints(small.replace('match: { gate: A, floor: [1, 2] }', 'match:\n      10:\n        []')),
    ).toEqual([expect.stringMatching(/^line 9: zones\[0\]\.match\.10: expected array to have >=1 items/)]);
  });

  it('names the lines of a JSON text alike', () => {
    const text = JSON.stringify(readRelease(small).compiled.release, null, 2).replace(
      '"permit"',
      '"permitt"',
    );
    const line = text.slice(0, text.indexOf('permitt')).split('\n').length;
    expect(complaints(text)).toEqual([
      `line ${line}: rules[0].effect: "permitt" is none of "permit", "forbid" (did you mean "permit"?)`,
    ]);
  });

  it('names the line of what is not YAML', () => {
    expect(complaints('sites:\n  - id: a\n bad')[0]).toMatch(/^line 3: /);
    expect(complaints('a: 1\na: 2')[0]).toMatch(/^line 2: .*unique/);
    expect(complaints('')).toEqual(['line 1: expected object, received null']);
    expect(complaints(`${small}---\n${small}`)).toEqual([
      'line 14: a second document begins here: expected one',
    ]);
  });

  it('takes over public holidays, with the operator’s own dates on top', () => {
    const { compiled } = readRelease(`${small}
calendars:
  - id: holidays
    use: KR
    dates: [{ date: 2026-12-24, name: 창립기념일 }, { date: 2026-12-25, name: 휴무 }]
    except: [2026-12-31]
`);
    const [calendar] = compiled.release.calendars;
    expect(calendar).toMatchObject({ id: 'holidays', coversUntil: '2028-01-01', except: ['2026-12-31'] });
    expect(calendar?.dates.filter(({ date }) => date.startsWith('2026-12'))).toEqual([
      { date: '2026-12-24', name: '창립기념일' },
      { date: '2026-12-25', name: '휴무' },
    ]);
    expect(complaints(`${small}\ncalendars: [{ id: x, use: KP }]`)).toEqual([
      'line 15: calendars[0].use: "KP" is none of "KR" (did you mean "KR"?)',
    ]);
  });
});

describe('a value that a door compares as text', () => {
  const written = (value: string) => small.replace('gate: A', `gate: ${value}`);
  const gate = (value: string) => readRelease(written(value)).compiled.release.zones[0]?.match['gate'];

  it.each(['10', '1.5', '-3', 'true', 'yes', 'no', 'on', 'N', '2026-12-31', '1_000', '10:30', '1st', '<<'])(
    'is read as it is written: %s',
    (value) => {
      expect(gate(value)).toEqual([value]);
    },
  );

  it.each([
    ['01', '1', 'number'],
    ['1.0', '1', 'number'],
    ['0x10', '16', 'number'],
    ['0o17', '15', 'number'],
    ['1e3', '1000', 'number'],
    ['+1', '1', 'number'],
    ['-0', '0', 'number'],
    ['12345678901234567890', '12345678901234567000', 'number'],
    ['TRUE', 'true', 'boolean'],
    ['!!int "01"', '1', 'number'],
  ])('is refused where it would become another: %s', (value, becomes, type) => {
    const text = value.replace(/.*"(.*)"/, '$1');
    expect(complaints(written(value))).toEqual([
      `line 8: ${text} would be read as ${becomes} (write "${text}" for the text, ${becomes} for the ${type})`,
    ]);
    expect(gate(`"${text}"`)).toEqual([text]);
    expect(gate(`!!str ${text}`)).toEqual([text]);
  });

  it('is refused as a name and in JSON alike', () => {
    expect(complaints(small.replace('gate: A', '0x10: A'))[0]).toMatch(/^line 8: 0x10 would be read as 16/);
    const json = JSON.stringify(readRelease(small).compiled.release).replace('"A"', '1.0');
    expect(complaints(json)[0]).toMatch(/^line 1: 1\.0 would be read as 1/);
  });

  it('means the same whatever version of YAML the text asks for', () => {
    const match = '[no, 1_000, 2026-12-31, 10:30]';
    const { compiled } = readRelease(`%YAML 1.1\n---${written(match)}`);
    expect(compiled.release.zones[0]?.match['gate']).toEqual(['no', '1_000', '2026-12-31', '10:30']);
  });

  it('has no type but those of JSON', () => {
    for (const value of ['!!timestamp 2026-12-31', '!!binary aGk=', '!!set {a, b}', '!own a']) {
      expect(complaints(written(value))[0]).toMatch(/^line 8: Unresolved tag/);
    }
  });

  it('is told to be put in quotes where a number stands for a name', () => {
    expect(complaints(small.replace('- id: staff\n', '- id: 7\n'))[0]).toBe(
      'line 5: groups[0].id: expected string, received number (put it in quotes: "7")',
    );
  });
});

describe('aliases', () => {
  it('stand for what was written before', () => {
    const { compiled } = readRelease(
      small.replace('who: { groups: [staff] }', 'who: &staff { groups: [staff] }') +
        '  - { id: again, effect: forbid, who: *staff, zones: [gate-A] }\n',
    );
    expect(compiled.release.rules[1]?.who).toEqual({ groups: ['staff'] });
  });

  it.each([
    ['for nothing', 'sites: *nobody\n', /^line 1: \*nobody stands for nothing/],
    [
      'for themselves',
      'sites: [{ id: a }]\ntests: &all\n  - params: { all: *all }\n',
      /^line 3: \*all stands/,
    ],
    [
      'for more than fits a memory',
      ['a: &a [1,1,1,1,1,1,1,1,1,1]', ...[...'bcdefghij'].map(tenfold)].join('\n'),
      /^line 4: aliases stand for more than 10000 parts/,
    ],
  ])('do not stand %s', (_, text, complaint) => {
    expect(complaints(text)).toEqual([expect.stringMatching(complaint)]);
  });
});

/** A list of ten of the list on the line above. */
function tenfold(name: string): string {
  const above = String.fromCharCode(name.charCodeAt(0) - 1);
  return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${above}`).join()}]`;
}

describe('a text that is not meant to be read', () => {
  it('is refused like any other', () => {
    for (const text of ['[', '{', '[{', '- ', '? ', '"', "'", '&a ', '!!', '\u0000', '%', '`', '\t- a', '*'])
      for (const times of [1, 3000]) {
        expect(complaints(text.repeat(times)).every((line) => line.startsWith('line '))).toBe(true);
        expect(complaints(text.repeat(times)), `${text} × ${times}`).not.toEqual([]);
      }
  });

  it('is refused where it is nested beyond what could be meant', () => {
    const nested = `tests: [{ params: { x: ${'['.repeat(80)}${']'.repeat(80)} } }]`;
    expect(complaints(nested)).toEqual(['line 1: is nested more than 64 deep']);
  });
});

describe('a time zone', () => {
  it('is a name, of which an offset tells only half of the year', () => {
    const said = (timeZone: string) => complaints(`sites: [{ id: hq, timeZone: '${timeZone}' }]`);
    for (const name of ['Asia/Seoul', 'asia/seoul', 'Etc/GMT-9', 'UTC']) expect(said(name)).toEqual([]);
    for (const offset of ['+09:00', '+09', '-0500', '+00:00']) {
      expect(said(offset), offset).toEqual([
        'line 1: sites[0].timeZone: expected an IANA time zone such as "Asia/Seoul", which an offset is not',
      ]);
    }
    expect(said('Asia/Busan')).toEqual([
      'line 1: sites[0].timeZone: expected an IANA time zone such as "Asia/Seoul"',
    ]);
  });
});

describe('the published JSON Schema', () => {
  it('is what the schema says', async () => {
    await expect(`${JSON.stringify(releaseJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      '../../access.schema.json',
    );
  });
});
