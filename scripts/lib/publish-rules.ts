import { AccessError, type CompiledRelease, describeIssue, type ReleaseInput } from '@facepass-kit/access';
import { lint, runRuleTests } from '@facepass-kit/access/analysis';
import { readRelease } from '@facepass-kit/access/text';
import type { AdminClient } from '@facepass-kit/protocol';

/** What is wrong with a rules document, as lines for whoever wrote it. */
export interface CheckedRules {
  /** Null where the document cannot be read at all. */
  readonly compiled: CompiledRelease | null;
  /** What keeps it from being published: shape, references, findings of lint that are errors, tests that fail. */
  readonly errors: readonly string[];
  /** What lint thinks is probably not meant. */
  readonly warnings: readonly string[];
}

/** The whole check of a draft: schema, lint and the tests it brings along. */
export function checkRules(text: string, nowMs: number): CheckedRules {
  let read: ReturnType<typeof readRelease>;
  try {
    read = readRelease(text);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return { compiled: null, errors: error.issues.map(describeIssue), warnings: [] };
  }
  const { compiled, lineOf } = read;
  const found = lint(compiled.release, nowMs).map(({ severity, code, ...issue }) => ({
    isError: severity === 'error',
    line: `${severity} ${code}: ${describeIssue({ ...issue, line: lineOf(issue.path) })}`,
  }));
  const failing = runRuleTests(compiled).flatMap(({ name, passed, problems }) =>
    passed ? [] : [`test "${name}" fails: ${problems.join('; ')}`],
  );
  return {
    compiled,
    errors: [...found.filter(({ isError }) => isError).map(({ line }) => line), ...failing],
    warnings: found.filter(({ isError }) => !isError).map(({ line }) => line),
  };
}

/**
 * Publishes a release over the one it was compared with, and tells what it changes for the last questions: nobody else
 * can have published in between.
 */
export async function publishRules(
  { release }: CompiledRelease,
  by: { readonly publishedBy: string; readonly reason: string },
  admin: Pick<AdminClient, 'previewRelease' | 'publishRelease'>,
  print: (line: string) => void,
): Promise<void> {
  // What was read is what may be written.
  const draft: ReleaseInput = release;
  const { against, asked, changed } = await admin.previewRelease({ release: draft });
  print(`${changed.length} of the last ${asked} questions would be answered otherwise`);
  for (const { zoneId, before, after } of changed.slice(0, 10)) {
    print(
      `  ${zoneId ?? 'no zone'}: ${before.effect} (${before.reason}) becomes ${after.effect} (${after.reason})`,
    );
  }
  const { hash, version } = await admin.publishRelease({ release: draft, ...by, expectedHead: against });
  print(`published version ${version}, ${hash}`);
}
