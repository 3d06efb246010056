/** decide against Cedar: random releases, random questions, the same answer for the same rules. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, decide } from '../src/index.ts';
import { parseRelease } from '../src/schema/index.ts';
import { asking, releaseInput } from './arbitrary-release.ts';
import { cedarOracle } from './cedar-oracle.ts';
import { coverage } from './coverage.ts';
import { runs } from './fuzz-share.ts';

const RELEASES = 1000;
const QUESTIONS = 24;

const worlds = releaseInput.chain((input) =>
  fc.record({
    input: fc.constant(input),
    questions: fc.array(asking(input), { minLength: QUESTIONS, maxLength: QUESTIONS }),
  }),
);

describe('decide, against Cedar', () => {
  it('permits and denies alike, for the same rules', () => {
    const met = coverage();
    fc.assert(
      fc.property(worlds, ({ input, questions }) => {
        const parsed = parseRelease(input);
        const compiled = compile(parsed);
        const oracle = cedarOracle(input, parsed);
        for (const asked of questions) {
          const verdict = decide(compiled, asked.member, asked.question, asked.atMs);
          const cedar = oracle.ask(asked);
          expect(verdict.effect === 'permit', JSON.stringify(asked)).toBe(cedar.permitted);
          if (verdict.effect === 'permit') expect([...verdict.ruleIds].sort()).toEqual(cedar.ruleIds);
          if (verdict.reason === 'forbidden') expect([...verdict.ruleIds].sort()).toEqual(cedar.ruleIds);
          const facts = ['unknown_member', 'member_suspended', 'not_yet_valid', 'expired'];
          if (verdict.zoneId !== null) expect(facts.includes(verdict.reason)).toBe(cedar.bare);
          met.note(parsed, asked, verdict);
        }
      }),
      { numRuns: runs(RELEASES) },
    );
    expect(met.questions).toBe(runs(RELEASES) * QUESTIONS);
    met.expectEverything();
  });
});
