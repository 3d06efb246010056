import { describe, expect, it } from 'vitest';
import { findings, forbid, now, permit, type RuleInput } from '../../test/lint-findings.ts';
import { release } from '../../test/venue.ts';
import { lint } from './index.ts';

/** Findings about rules: alone in a venue whose other parts are not looked at here. */
function ruleFindings(...rules: RuleInput[]): string[] {
  return findings({ rules }).filter((finding) => finding.includes(' rules.'));
}

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

  it('says of a rule whose schedule opens in years when it does, and calls it dead only where it never will', () => {
    const windows = [{ from: '09:00', to: '10:00' }];
    const found = (schedule: object, rule: Partial<RuleInput> = {}) =>
      lint(
        release({
          schedules: [{ id: 'rare', ...schedule }],
          calendars: [{ id: 'c', dates: [{ date: '2031-05-05' }] }],
          rules: [{ ...permit, schedule: 'rare', ...rule }],
        }),
        now,
      )
        .filter(({ path }) => path[0] === 'rules')
        .map(({ code, severity, message }) => `${code} (${severity}): ${message}`);
    const late = (date: string) => [
      `late_rule (note): rule "a" applies only from ${date} on: its schedule "rare" does not open before`,
    ];
    const dead = [
      'dead_rule (warning): rule "a" never applies: its schedule "rare" does not open while it is valid',
    ];
    const once = (date: string) => ({ overrides: [{ date, windows }] });
    expect(found(once('2027-12-20'))).toEqual([]);
    expect(found(once('2027-12-29'))).toEqual(late('2027-12-29'));
    expect(found(once('2029-05-01'), { validFrom: '2029-01-01' })).toEqual([]);
    expect(found(once('2029-05-01'), { validUntil: '2029-05-01' })).toEqual(dead);
    expect(found(once('2029-05-01'), { validUntil: '2029-05-02' })).toEqual(late('2029-05-01'));
    expect(found(once('2026-11-21'))).toEqual(dead);
    expect(found({ holidays: [{ calendar: 'c', windows }] })).toEqual(late('2031-05-05'));
    const closed = [
      { date: '2026-11-01', lastDate: '2028-12-31' },
      { date: '2029-01-01', lastDate: '2029-12-31' },
    ];
    const mondays = { weekly: [{ days: ['mon'], ...windows[0] }], overrides: closed };
    expect(found(mondays)).toEqual(late('2030-01-07'));
    expect(found({ overrides: closed })).toEqual(dead);
  });

  it('names no date where only some sites have to wait for it', () => {
    const sites = ['Asia/Seoul', 'America/New_York'].map((timeZone, n) => ({ id: `s${n}`, timeZone }));
    const zones = sites.map(({ id }, n) => ({ id: `z${n}`, site: id, match: { gate: n } }));
    // An hour that is still to come in New York, and was in Seoul.
    const windows = [{ from: '11:00', to: '12:00' }];
    const schedules = [
      {
        id: 'rare',
        overrides: [
          { date: '2026-11-22', windows },
          { date: '2030-01-01', windows },
        ],
      },
    ];
    const rules = [{ ...permit, zones: ['z0', 'z1'], schedule: 'rare' }];
    const late = (zoneIds: string[]) =>
      findings({ sites, zones, schedules, rules: rules.map((rule) => ({ ...rule, zones: zoneIds })) }).filter(
        (finding) => finding.startsWith('late'),
      );
    expect(late(['z0'])).toEqual(['late_rule rules.0']);
    expect(late(['z1'])).toEqual([]);
    expect(late(['z0', 'z1'])).toEqual([]);
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
