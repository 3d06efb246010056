/** What must hold of explain whatever the release. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain, nextPermittedMs, type Step } from '../src/analysis/index.ts';
import { MINUTE_MS } from '../src/civil-time.ts';
import { compile, decide, type Member } from '../src/index.ts';
import { parseRelease } from '../src/schema/index.ts';
import { asking, releaseInput } from './arbitrary-release.ts';
import { enough, runs } from './fuzz-share.ts';

const worlds = releaseInput.chain((input) =>
  fc.record({
    input: fc.constant(input),
    questions: fc.array(asking(input), { minLength: 10, maxLength: 10 }),
  }),
);

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
