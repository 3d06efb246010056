import { describe, expect, it } from 'vitest';
import { club } from '../../test/club.ts';
import { member, seoul } from '../../test/venue.ts';
import {
  admissionKeys,
  admit,
  type CompiledRelease,
  compile,
  decide,
  decideWithoutGuard,
  decisionInputs,
  type Member,
  type Pass,
  type Question,
  type StateWithoutGuard,
} from '../index.ts';
import { MemoryGuard } from '../memory-guard.ts';
import { parseRelease } from '../schema/index.ts';
import { type RecordedDecision, replay } from './index.ts';

const noon = seoul('2026-12-04 12:00');
const strict = club(
  { antiPassback: { mode: 'hard' }, maxOccupancy: 2, twoPerson: { withinSeconds: 30 } },
  { quota: { max: 2, per: 'day' } },
);

/** Asks a guard, and records the decision as one would. */
function askAndRecord(
  guard: MemoryGuard,
  compiled: CompiledRelease,
  who: Member | null,
  question: Question,
  atMs: number,
): RecordedDecision {
  const verdict = decide(compiled, who, question, atMs);
  const view = guard.view(admissionKeys(compiled, verdict, question, who, atMs), `at ${atMs}`);
  const { decision, changes } = admit(compiled, verdict, question, who, view, atMs);
  guard.apply(changes);
  return {
    id: decision.decisionId,
    atMs,
    effect: decision.effect,
    reason: decision.reason,
    params: question.params,
    siteId: null,
    releaseHash: 'then',
    merchantUserKey: null,
    // As it comes back from a database.
    inputs: JSON.parse(JSON.stringify(decisionInputs(compiled, verdict, who, view, atMs))),
  };
}

/** A day at the door, each decision recorded as a guard would. */
function history(compiled: CompiledRelease): RecordedDecision[] {
  const guard = new MemoryGuard();
  guard.addPass({
    id: 'p',
    merchantUserKey: 'visitor',
    zones: ['in'],
    validFromMs: null,
    validUntilMs: null,
    maxUses: 1,
    uses: 0,
  });
  guard.addDeny({ id: 'x', subject: { kind: 'group', group: 'cleaners' }, zones: ['in'], untilMs: null });
  const records: RecordedDecision[] = [];
  const ask = (who: Member | null, key: string, door: string, afterMs: number): void => {
    records.push(
      askAndRecord(guard, compiled, who, { merchantUserKey: key, params: { door } }, noon + afterMs),
    );
  };
  const person = (key: string, groups = ['members']) => member({ merchantUserKey: key, groups });
  ask(person('a'), 'a', 'in', 0);
  ask(person('b'), 'b', 'in', 1000);
  ask(person('b'), 'b', 'in', 2000);
  ask(person('a'), 'a', 'in', 3000);
  ask(person('c'), 'c', 'in', 4000);
  ask(person('b'), 'b', 'in', 15_000);
  ask(person('a'), 'a', 'out', 61_000);
  ask(person('d'), 'd', 'in', 61_500);
  ask(person('visitor', []), 'visitor', 'in', 62_000);
  ask(person('k', ['cleaners']), 'k', 'in', 63_000);
  ask(null, 'n', 'in', 64_000);
  guard.setMode({ siteId: 'club', mode: 'lockdown', untilMs: null, exemptGroups: ['hosts'] });
  ask(person('a'), 'a', 'in', 65_000);
  return records;
}

/** One person at the door in, with the passes they have; each question recorded. */
function walkIn(
  compiled: CompiledRelease,
  key: string,
  afterMs: readonly number[],
  passes: readonly Pass[] = [],
): RecordedDecision[] {
  const guard = new MemoryGuard();
  for (const pass of passes) guard.addPass(pass);
  const who = member({ merchantUserKey: key });
  const question = { merchantUserKey: key, params: { door: 'in' } };
  return afterMs.map((after) => askAndRecord(guard, compiled, who, question, noon + after));
}

function outcomeOf(record: RecordedDecision | undefined, compiled: CompiledRelease): string | undefined {
  const [result] = record === undefined ? [] : replay([record], () => compiled);
  return result?.outcome === 'not_replayable' ? result.why : result?.outcome;
}

function withOccupancy(record: RecordedDecision, occupancy: number): RecordedDecision {
  const { inputs } = record;
  const guard = inputs?.state.guard;
  if (!inputs || !guard?.area) throw new Error('recorded with an area');
  const area = { ...guard.area, occupancy };
  return { ...record, inputs: { ...inputs, state: { ...inputs.state, guard: { ...guard, area } } } };
}

describe('replay', () => {
  it('makes every decision again from its record alone, without knowing whom it was about', () => {
    const records = history(strict);
    expect(records.map(({ reason }) => reason)).toEqual([
      'second_person_needed',
      'permitted',
      'permitted',
      'permitted',
      'area_full',
      'anti_passback',
      'permitted',
      'second_person_needed',
      'permitted_by_pass',
      'deny_listed',
      'unknown_member',
      'site_lockdown',
    ]);
    const again = replay(records, () => strict);
    expect(again.map(({ outcome }) => outcome)).toEqual(records.map(() => 'same'));
    for (const merchantUserKey of ['a', 'b', 'visitor']) {
      expect(JSON.stringify(records.map(({ inputs }) => inputs))).not.toContain(`"${merchantUserKey}"`);
    }
  });

  it('tells a decision that comes out otherwise', () => {
    const [first] = history(strict);
    if (first === undefined) throw new Error('there is a first decision');
    const [result] = replay([{ ...first, reason: 'permitted', effect: 'permit' }], () => strict);
    expect(result).toMatchObject({ outcome: 'different', decision: { reason: 'second_person_needed' } });
  });

  it('shows what a draft would have changed', () => {
    const draft = club(
      { antiPassback: { mode: 'soft' }, maxOccupancy: 3 },
      { quota: { max: 2, per: 'day' } },
    );
    const changed = replay(history(strict), () => draft).flatMap((result) =>
      result.outcome === 'different' ? [`${result.recorded.reason} → ${result.decision.reason}`] : [],
    );
    expect(changed).toEqual([
      'second_person_needed → permitted',
      'area_full → permitted',
      'anti_passback → permitted',
      'second_person_needed → permitted',
    ]);
  });

  it('says so when a record does not suffice', () => {
    const records = history(strict);
    const [first] = records;
    if (first?.inputs?.state === undefined || first.inputs.member === null)
      throw new Error('recorded in full');
    const why = (record: RecordedDecision, compiled: CompiledRelease | undefined = strict) => {
      const [result] = replay([record], () => compiled);
      return result?.outcome === 'not_replayable' ? result.why : result?.outcome;
    };
    expect(replay([first], () => undefined)[0]).toMatchObject({
      outcome: 'not_replayable',
      why: 'release_missing',
    });
    expect(why({ ...first, inputs: null })).toBe('inputs_missing');
    expect(why(first, club({}, { who: { members: ['a'] } }))).toBe('person_unknown');
    expect(why(first, club({}, { who: { groups: ['members'], except: { members: ['a'] } } }))).toBe(
      'person_unknown',
    );
    expect(why({ ...first, merchantUserKey: 'a' }, club({}, { who: { members: ['a'] } }))).toBe('different');
    expect(why(first, club({}, { who: { groups: ['members'], tags: { level: 'gold' } } }))).toBe(
      'tag_not_recorded',
    );
    const plain = history(club());
    expect(plain[0] && why(plain[0], strict)).toBe('state_not_recorded');
    const uncounted = history(club({}, {}));
    expect(uncounted[0] && why(uncounted[0], club({}, { quota: { max: 1, per: 'week' } }))).toBe(
      'state_not_recorded',
    );
  });

  it('takes no state for another: of another period, another reset, a longer memory, another group or site', () => {
    const [permitted] = history(club({}, { quota: { max: 1, per: 'day' } }));
    const counted = club({}, { quota: { max: 2, per: 'day' } });
    expect(outcomeOf(permitted, counted)).toBe('same');
    expect(outcomeOf(permitted, club({}, { quota: { max: 2, per: 'week' } }))).toBe('state_not_recorded');
    const [, second] = history(club({ maxOccupancy: 1 }));
    expect(second?.reason).toBe('area_full');
    expect(outcomeOf(second, club({ maxOccupancy: 2 }))).toBe('different');
    expect(outcomeOf(second, club({ maxOccupancy: 2, resetAt: '03:00' }))).toBe('state_not_recorded');
    const pair = (withinSeconds: number) => club({ twoPerson: { withinSeconds } });
    const [alone] = history(pair(30));
    expect(outcomeOf(alone, pair(20))).toBe('same');
    expect(outcomeOf(alone, pair(31))).toBe('state_not_recorded');
    const { release } = club();
    const grouped = {
      ...release,
      groups: [
        { id: 'members', parents: ['all'] },
        { id: 'all', parents: [] },
      ],
    };
    const hosts = { id: 'hosts', parents: ['members'] };
    const cleaners = { id: 'cleaners', parents: ['members'] };
    expect(outcomeOf(alone, compile({ ...grouped, groups: [...grouped.groups, hosts, cleaners] }))).toBe(
      'state_not_recorded',
    );
    const moved = { ...release, sites: release.sites.map((site) => ({ ...site, id: 'elsewhere' })) };
    expect(outcomeOf(alone, compile(moved))).toBe('state_not_recorded');
  });

  it('takes no permit of one zone for another’s: what was asked again there may be denied under its new name', () => {
    const once = club({}, { quota: { max: 1, per: 'day' } });
    const { release } = once;
    const renamed = compile({
      ...release,
      zones: release.zones.map((zone) => (zone.id === 'in' ? { ...zone, id: 'entrance' } : zone)),
      rules: release.rules.map((rule) => (rule.id === 'come' ? { ...rule, zones: ['entrance'] } : rule)),
    });
    const outcomes = (records: readonly RecordedDecision[], compiled: CompiledRelease) =>
      records.map((record) => `${record.reason}: ${outcomeOf(record, compiled)}`);
    const [first, again, spent] = walkIn(once, 'a', [0, 5000, 60_000]);
    expect(again?.inputs?.state.guard?.lastPermit).not.toBeNull();
    if (!first || !again || !spent) throw new Error('asked three times');
    expect(outcomes([first, again, spent], once)).toEqual([
      'permitted: same',
      'permitted: same',
      'quota_spent: same',
    ]);
    expect(outcomes([first, again, spent], renamed)).toEqual([
      'permitted: same',
      'permitted: state_not_recorded',
      'quota_spent: state_not_recorded',
    ]);
  });

  it('knows the permit a longer time of repeats would find, if it was found in a shorter one', () => {
    const coalescing = (repeatSeconds: number) => {
      const { release } = club({}, { quota: { max: 1, per: 'day' } });
      return compile({ ...release, sites: release.sites.map((site) => ({ ...site, repeatSeconds })) });
    };
    const [, again, spent] = walkIn(coalescing(10), 'a', [0, 5000, 60_000]);
    expect(outcomeOf(again, coalescing(600))).toBe('same');
    expect(outcomeOf(spent, coalescing(600))).toBe('state_not_recorded');
    expect(outcomeOf(spent, coalescing(5))).toBe('same');
  });

  it('leaves open what a pass that is used up was asked for again with, where nobody looked', () => {
    const { release } = club();
    const closed = compile(
      parseRelease({
        ...release,
        schedules: [{ id: 'never' }],
        rules: release.rules.map((rule) => (rule.id === 'come' ? { ...rule, schedule: 'never' } : rule)),
      }),
    );
    const pass = { id: 'p', merchantUserKey: 'v', zones: ['in'], validFromMs: null, validUntilMs: null };
    const [, spent] = walkIn(closed, 'v', [0, 60_000], [{ ...pass, maxUses: 1, uses: 0 }]);
    expect(spent?.reason).toBe('closed_now');
    expect(outcomeOf(spent, closed)).toBe('same');
    const longer = {
      ...closed.release,
      sites: closed.release.sites.map((s) => ({ ...s, repeatSeconds: 600 })),
    };
    expect(outcomeOf(spent, compile(longer))).toBe('state_not_recorded');
    const [, without] = walkIn(closed, 'v', [0, 60_000]);
    expect(outcomeOf(without, compile(longer))).toBe('same');
  });

  it('takes no day of one clock for the day of another', () => {
    const on = (timeZone: string, per: 'day' | 'week' | 'validity' = 'day') =>
      compile(
        parseRelease({
          sites: [{ id: 's', timeZone }],
          zones: [{ id: 'in', match: { door: 'in' } }],
          rules: [
            { id: 'r', effect: 'permit', who: { everyone: true }, zones: ['in'], quota: { max: 9, per } },
          ],
        }),
      );
    const outcome = (per: 'day' | 'week' | 'validity', timeZone: string) =>
      outcomeOf(walkIn(on('Asia/Seoul', per), 'a', [0])[0], on(timeZone, per));
    expect(outcome('day', 'Asia/Seoul')).toBe('same');
    // Noon in Seoul is the same date in London, where it began nine hours later.
    expect(outcome('day', 'Europe/London')).toBe('state_not_recorded');
    expect(outcome('week', 'Europe/London')).toBe('state_not_recorded');
    expect(outcome('day', 'Asia/Tokyo')).toBe('same');
    expect(outcome('validity', 'Europe/London')).toBe('same');
  });

  it('shows what a draft takes away, and what it permits unless that hangs on what nobody asked then', () => {
    const records = history(club());
    expect(outcomeOf(records[0], club({}, { who: { groups: ['hosts'] } }))).toBe('different');
    const forbidden = club({}, { effect: 'forbid' });
    const [denied] = history(forbidden);
    expect(denied?.reason).toBe('forbidden');
    expect(outcomeOf(denied, club())).toBe('different');
    const full = club({ maxOccupancy: 1 });
    const [, turned] = history(club({ maxOccupancy: 1 }, { effect: 'forbid' }));
    expect(outcomeOf(turned, full)).toBe('different');
    const inside = turned && withOccupancy(turned, 1);
    expect(outcomeOf(inside, full)).toBe('state_not_recorded');
  });

  it('makes decisions of sites without a guard again, with the modes and deny entries they knew', () => {
    const compiled = club();
    const question = { merchantUserKey: 'm-1', params: { door: 'in' } };
    const verdict = decide(compiled, member(), question, noon);
    const again = (state: Partial<StateWithoutGuard>) => {
      const known = { decisionId: 'd', mode: null, denies: [], ...state };
      const { effect, reason } = decideWithoutGuard(compiled, verdict, question, known, noon);
      const inputs = decisionInputs(compiled, verdict, member(), known, noon);
      const record = { id: 'd', atMs: noon, effect, reason, params: question.params, siteId: 'club' };
      const recorded = { ...record, releaseHash: 'then', merchantUserKey: null, inputs };
      return `${reason}: ${outcomeOf(recorded, compiled)}`;
    };
    expect(again({})).toBe('guard_needed: same');
    const mode = { siteId: 'club', mode: 'lockdown', untilMs: null, exemptGroups: null } as const;
    expect(again({ mode })).toBe('site_lockdown: same');
    const entry = (merchantUserKey: string) => ({
      id: 'x',
      subject: { kind: 'member' as const, merchantUserKey },
      zones: null,
      untilMs: null,
    });
    expect(again({ denies: [entry('m-1')] })).toBe('deny_listed: same');
    expect(again({ denies: [entry('somebody else')] })).toBe('guard_needed: same');
  });
});
