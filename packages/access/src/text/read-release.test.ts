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

  it('names the line of what is not YAML', () => {
    expect(complaints('sites:\n  - id: a\n bad')[0]).toMatch(/^line 3: /);
    expect(complaints('a: 1\na: 2')[0]).toMatch(/^line 2: .*unique/);
    expect(complaints('')).toEqual(['line 1: expected object, received null']);
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

describe('the published JSON Schema', () => {
  it('is what the schema says', async () => {
    await expect(`${JSON.stringify(releaseJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      '../../access.schema.json',
    );
  });
});
