import type { CompiledRelease } from '@facepass-kit/access';
import { runRuleTests } from '@facepass-kit/access/analysis';
import type { ReleasePreview } from '@facepass-kit/protocol';
import { Refusal } from '../http/refusal.ts';

/** What came of the tests that a release brings along. */
export function testResults(compiled: CompiledRelease): ReleasePreview['tests'] {
  return runRuleTests(compiled).map(({ name, passed, problems }) => ({
    name,
    passed,
    problems: [...problems],
  }));
}

/** @throws Refusal 422 `RULE_TESTS_FAILED` naming every test that fails, unless somebody gave a reason to go on */
export function refuseFailingTests(compiled: CompiledRelease, despite: string | undefined): number {
  const errors = testResults(compiled).flatMap(({ name, passed, problems }, position) =>
    passed ? [] : [{ path: `release.tests.${position}`, message: `${name}: ${problems.join('; ')}` }],
  );
  if (errors.length > 0 && despite === undefined) {
    throw new Refusal(
      422,
      'RULE_TESTS_FAILED',
      'Tests that the release brings along fail. Mend the rules or the tests, or publish with a reason in despiteFailingTests.',
      errors,
    );
  }
  return errors.length;
}
