/** What must hold of decide whatever the release. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, compile, decide, type ReleaseInput, type Verdict } from '../src/index.ts';
import { parseRelease } from '../src/schema/index.ts';
import { type Asked, asking, releaseInput } from './arbitrary-release.ts';
import { instantMs } from './arbitrary-schedule.ts';
import { enough, runs } from './fuzz-share.ts';
import { emptyView } from './venue.ts';

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

  it('answers the same whatever was asked before, and when', () => {
    const instants = fc.array(fc.tuple(fc.nat(), instantMs), { minLength: 5, maxLength: 20 });
    fc.assert(
      fc.property(worlds, instants, ({ input, questions }, before) => {
        const compiled = compile(parseRelease(input));
        for (const [pick, atMs] of before) {
          const asked = questions[pick % questions.length];
          if (asked !== undefined) decide(compiled, asked.member, asked.question, atMs);
        }
        const verdicts = questions.map(({ member, question, atMs }) =>
          decide(compiled, member, question, atMs),
        );
        expect(verdicts).toEqual(questions.map((asked) => answers(input, [asked])[0]));
      }),
      { numRuns: runs(300) },
    );
  });

  it('answers the same however many zones and groups beside these a rule names', () => {
    let permitted = 0;
    fc.assert(
      fc.property(worlds, ({ input, questions }) => {
        const more = named('elsewhere-', 30);
        const wide: ReleaseInput = {
          ...input,
          groups: [...(input.groups ?? []), ...named('others-', 30).map((id) => ({ id }))],
          // At a site of its own, so that no question is about them.
          sites: [...input.sites, { id: 'elsewhere', timeZone: 'Asia/Tokyo' }],
          zones: [
            ...(input.zones ?? []),
            ...more.map((id) => ({ id, site: 'elsewhere', match: { floor: 1 } })),
          ],
          rules: input.rules?.map(({ who, zones, ...rule }) => ({
            ...rule,
            zones: zones.includes('*') ? zones : [...zones, ...more],
            who:
              who.groups === undefined ? who : { ...who, groups: [...who.groups, ...named('others-', 30)] },
          })),
        };
        const verdicts = answers(input, questions);
        // A rule named more subjects before others that name fewer is told of in another order.
        const sorted = (list: readonly Verdict[]) =>
          list.map((verdict) => ({ ...verdict, ruleIds: verdict.ruleIds.toSorted() }));
        expect(sorted(answers(wide, questions))).toEqual(sorted(verdicts));
        permitted += verdicts.filter(({ effect }) => effect === 'permit').length;
      }),
      { numRuns: runs(200) },
    );
    expect(permitted).toBeGreaterThan(enough(100));
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

  it('opens to everybody in an evacuation whatever opens to anybody on another day and is not marked as a way in', () => {
    let opened = 0;
    fc.assert(
      fc.property(worlds, ({ input, questions }) => {
        const compiled = compile(parseRelease(input));
        for (const { member, question, atMs } of questions) {
          const verdict = decide(compiled, member, question, atMs);
          const isMarked = verdict.direction === 'in' && verdict.zoneIds.some((id) => directionIn(input, id));
          if (verdict.effect === 'deny' || verdict.siteId === null || isMarked) continue;
          opened += 1;
          const mode = {
            siteId: verdict.siteId,
            mode: 'evacuate',
            untilMs: null,
            exemptGroups: null,
          } as const;
          const stranger = decide(compiled, null, question, atMs);
          const { decision } = admit(compiled, stranger, question, null, emptyView({ mode }), atMs);
          expect(decision).toMatchObject({ effect: 'permit', reason: 'evacuation_exit' });
        }
      }),
      { numRuns: runs(200) },
    );
    expect(opened).toBeGreaterThan(enough(50));
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

function directionIn(input: ReleaseInput, zoneId: string): boolean {
  return input.zones?.find(({ id }) => id === zoneId)?.direction === 'in';
}

function named(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, position) => `${prefix}${position}`);
}

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
