/** What must hold of decide whatever the release. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain, nextPermittedMs, type Step } from '../src/analysis/index.ts';
import { MINUTE_MS } from '../src/civil-time.ts';
import { compile, decide, type Member, type ReleaseInput, type Verdict } from '../src/index.ts';
import { parseRelease } from '../src/schema/index.ts';
import { type Asked, asking, releaseInput } from './arbitrary-release.ts';
import { enough, runs } from './fuzz-share.ts';

const worlds = releaseInput.chain((input) =>
  fc.record({
    input: fc.constant(input),
    questions: fc.array(asking(input), { minLength: 10, maxLength: 10 }),
    pick: fc.nat(),
  }),
);

function answers(input: ReleaseInput, questions: readonly Asked[]): Verdict[] {
  const compiled = compile(parseRelease(input));
  return questions.map(({ member, question, atMs }) => decide(compiled, member, question, atMs));
}

function permits(verdicts: readonly Verdict[]): boolean[] {
  return verdicts.map(({ effect }) => effect === 'permit');
}

/** Each permit of the narrower answers is one of the wider ones too. */
function expectNoMore(narrower: readonly Verdict[], wider: readonly Verdict[]): void {
  const before = permits(wider);
  for (const [position, permitted] of permits(narrower).entries()) {
    if (permitted) expect(before[position]).toBe(true);
  }
}

describe('decide, whatever the release', () => {
  it('permits no more when a forbid is added', () => {
    let fewer = 0;
    fc.assert(
      fc.property(worlds, ({ input, questions, pick }) => {
        const rules = input.rules ?? [];
        const template = rules[pick % rules.length];
        if (template === undefined) throw new Error('a release has rules');
        const forbid = { ...template, id: 'another', effect: 'forbid' as const };
        const [wider, narrower] = [
          answers(input, questions),
          answers({ ...input, rules: [...rules, forbid] }, questions),
        ];
        expectNoMore(narrower, wider);
        if (permits(narrower).join() !== permits(wider).join()) fewer += 1;
      }),
      { numRuns: runs(300) },
    );
    expect(fewer).toBeGreaterThan(enough(20));
  });

  it('permits no more when a permit is removed', () => {
    let fewer = 0;
    fc.assert(
      fc.property(worlds, ({ input, questions, pick }) => {
        const permitRules = (input.rules ?? []).filter(({ effect }) => effect === 'permit');
        const removed = permitRules[pick % Math.max(1, permitRules.length)];
        const rules = (input.rules ?? []).filter((rule) => rule !== removed);
        const [wider, narrower] = [answers(input, questions), answers({ ...input, rules }, questions)];
        expectNoMore(narrower, wider);
        if (permits(narrower).join() !== permits(wider).join()) fewer += 1;
      }),
      { numRuns: runs(300) },
    );
    expect(fewer).toBeGreaterThan(enough(20));
  });

  it('answers the same whatever the order of rules, groups, schedules and calendars', () => {
    fc.assert(
      fc.property(worlds, ({ input, questions }) => {
        const shuffled = {
          ...input,
          rules: input.rules?.toReversed(),
          groups: input.groups?.toReversed(),
          schedules: input.schedules?.toReversed(),
          calendars: input.calendars?.toReversed(),
        };
        expect(answers(shuffled, questions)).toEqual(answers(input, questions));
      }),
      { numRuns: runs(200) },
    );
  });

  it('answers the same under other names', () => {
    // Reverses the alphabetical order too, so that no name can matter by its place in it.
    const renamed = (id: string): string => (id === '*' ? id : `n${[...id].map(flip).join('')}`);
    fc.assert(
      fc.property(worlds, ({ input, questions }) => {
        const other = answers(
          renameAll(input, renamed),
          questions.map((asked) => renameAsked(asked, renamed)),
        );
        for (const [position, verdict] of answers(input, questions).entries()) {
          const { effect, reason, zoneIds, direction, ruleIds, groups } = verdict;
          expect(other[position]).toMatchObject({ effect, reason, zoneIds: zoneIds.map(renamed), direction });
          expect(other[position]?.ruleIds.toSorted()).toEqual(ruleIds.map(renamed).sort());
          expect(new Set(other[position]?.groups)).toEqual(new Set(groups.map(renamed)));
        }
      }),
      { numRuns: runs(200) },
    );
  });

  it('gives the same bytes for the same input', () => {
    fc.assert(
      fc.property(worlds, ({ input, questions }) => {
        expect(JSON.stringify(answers(structuredClone(input), questions))).toBe(
          JSON.stringify(answers(input, questions)),
        );
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('nextPermittedMs', () => {
  it('is the minute that walking minute by minute finds', () => {
    let later = 0;
    fc.assert(
      fc.property(worlds, ({ input, questions }) => {
        const compiled = compile(parseRelease(input));
        const waiting = questions.filter(({ member, question, atMs }) =>
          ['closed_now', 'grant_not_in_force', 'not_yet_valid', 'forbidden'].includes(
            decide(compiled, member, question, atMs).reason,
          ),
        );
        for (const { member, question, atMs } of waiting.slice(0, 3)) {
          const horizon = atMs + 24 * 60 * MINUTE_MS;
          let walked = atMs;
          while (walked <= horizon && decide(compiled, member, question, walked).effect === 'deny') {
            walked += MINUTE_MS;
          }
          const next = nextPermittedMs(compiled, member, question, atMs) ?? Number.POSITIVE_INFINITY;
          if (walked > horizon) expect(next).toBeGreaterThan(horizon);
          else expect(next).toBe(walked);
          if (walked > atMs && walked <= horizon) later += 1;
        }
      }),
      { numRuns: runs(500) },
    );
    expect(later).toBeGreaterThan(enough(20));
  });
});

describe('remedies', () => {
  /** The member after a change, as an operator would enter it. */
  function changed(member: Member | null, key: string, step: Step): Member | null {
    if (step.kind === 'register') {
      return { merchantUserKey: key, status: 'active', groups: [], tags: {}, version: 1 };
    }
    if (member === null) throw new Error(`${step.kind} of nobody`);
    const { groups, tags } = member;
    switch (step.kind) {
      case 'activate':
        return { ...member, status: 'active' };
      case 'change_validity':
        return { ...member, validFrom: undefined, validUntil: undefined };
      case 'join_group':
        return { ...member, groups: [...groups, step.group] };
      case 'leave_group':
        return { ...member, groups: groups.filter((group) => group !== step.group) };
      case 'set_tag':
        return { ...member, tags: { ...tags, [step.tag]: step.value } };
      case 'clear_tag':
        return {
          ...member,
          tags: Object.fromEntries(Object.entries(tags).filter(([tag]) => tag !== step.tag)),
        };
      default:
        throw new Error(`${step.kind} is nothing of a member`);
    }
  }

  it('each let the person in, and with any step left out do not', () => {
    const met: Record<number, number> = {};
    fc.assert(
      fc.property(worlds, ({ input, questions }) => {
        const compiled = compile(parseRelease(input));
        for (const { member, question, atMs } of questions) {
          const { effect, remedies } = explain(compiled, member, question, atMs);
          if (effect === 'permit') expect(remedies).toEqual([]);
          const effectOf = (steps: readonly Step[]): string => {
            const { merchantUserKey } = question;
            const who = steps.reduce((each, step) => changed(each, merchantUserKey, step), member);
            return decide(compiled, who, question, atMs).effect;
          };
          for (const steps of remedies) {
            met[steps.length] = (met[steps.length] ?? 0) + 1;
            expect(effectOf(steps)).toBe('permit');
            for (const [left] of steps.entries()) {
              const fewer = steps.toSpliced(left, 1);
              // Nothing can be changed of somebody who is not registered.
              if (member === null && fewer[0]?.kind !== 'register') continue;
              expect(effectOf(fewer)).toBe('deny');
            }
          }
        }
      }),
      { numRuns: runs(300) },
    );
    expect(met[1] ?? 0).toBeGreaterThan(enough(100));
    expect(met[2] ?? 0).toBeGreaterThan(enough(20));
  });
});

function flip(letter: string): string {
  return String.fromCharCode(0x61 + ((0x7a - letter.charCodeAt(0) + 26 * 10) % 26));
}

type Rename = (id: string) => string;

function renameAll(input: ReleaseInput, rename: Rename): ReleaseInput {
  return {
    ...input,
    groups: input.groups?.map(({ id, parents = [] }) => ({ id: rename(id), parents: parents.map(rename) })),
    zones: input.zones?.map((zone) => ({ ...zone, id: rename(zone.id) })),
    calendars: input.calendars?.map((calendar) => ({ ...calendar, id: rename(calendar.id) })),
    schedules: input.schedules?.map((schedule) => ({
      ...schedule,
      id: rename(schedule.id),
      holidays: schedule.holidays?.map((holiday) => ({ ...holiday, calendar: rename(holiday.calendar) })),
    })),
    rules: input.rules?.map((rule) => ({
      ...rule,
      id: rename(rule.id),
      zones: rule.zones.map(rename),
      schedule: rule.schedule === undefined ? undefined : rename(rule.schedule),
      who: {
        ...rule.who,
        groups: rule.who.groups?.map(rename),
        members: rule.who.members?.map(rename),
        except: rule.who.except && {
          groups: rule.who.except.groups?.map(rename),
          members: rule.who.except.members?.map(rename),
        },
      },
    })),
  };
}

function renameAsked({ member, question, atMs }: Asked, rename: Rename): Asked {
  return {
    member: member && {
      ...member,
      merchantUserKey: rename(member.merchantUserKey),
      groups: member.groups.map(rename),
    },
    question: { ...question, merchantUserKey: rename(question.merchantUserKey) },
    atMs,
  };
}
