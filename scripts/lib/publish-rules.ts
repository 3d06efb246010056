import { AccessError, type CompiledRelease, describeIssue, type ReleaseInput } from '@facepass-kit/access';
import { lint, runRuleTests } from '@facepass-kit/access/analysis';
import { readRelease } from '@facepass-kit/access/text';
import { AdminApiError, type AdminClient, type ReleasePreview } from '@facepass-kit/protocol';

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

/** What a draft changes for the last questions, and as what it is in force now. */
export interface PublishedRules {
  readonly asked: number;
  /** Nobody is named: this ends up on screens and in the logs of builds. */
  readonly changed: readonly Omit<ReleasePreview['changed'][number], 'merchantUserKey'>[];
  readonly published: { readonly version: number; readonly hash: string };
}

/** Rules that are right were not published, or nobody knows whether they were. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
  /** The code of the admin API's refusal; `UNREACHABLE` where there was no answer. */
  readonly code: string;
  /** Null where it is not known: the question was sent, and no answer came that can be read. */
  readonly published: false | null;

  constructor(code: string, message: string, published: false | null) {
    super(
      `${message} ${
        published === null
          ? 'It is not known whether the rules are published: GET /admin/v1/releases tells.'
          : 'Nothing is published.'
      }`,
    );
    this.code = code;
    this.published = published;
  }
}

/** What would be answered otherwise, told one by one. */
const TOLD = 10;

/**
 * Publishes a release over the one it was compared with, and tells what it changes for the last questions: nobody else
 * can have published in between.
 *
 * @throws PublishError
 */
export async function publishRules(
  { release }: CompiledRelease,
  by: { readonly publishedBy: string; readonly reason: string },
  admin: Pick<AdminClient, 'previewRelease' | 'publishRelease'>,
  print: (line: string) => void,
): Promise<PublishedRules> {
  // What was read is what may be written.
  const draft: ReleaseInput = release;
  const { against, asked, changed } = await admin
    .previewRelease({ release: draft })
    .catch((error: unknown) => notPublished(error, false));
  print(`${changed.length} of the last ${asked} questions would be answered otherwise`);
  for (const { zoneId, before, after } of changed.slice(0, TOLD)) {
    print(
      `  ${zoneId ?? 'no zone'}: ${before.effect} (${before.reason}) becomes ${after.effect} (${after.reason})`,
    );
  }
  const { hash, version } = await admin
    .publishRelease({ release: draft, ...by, expectedHead: against })
    .catch((error: unknown) => notPublished(error, null));
  print(`published version ${version}, ${hash}`);
  return {
    asked,
    changed: changed.map(({ merchantUserKey: _, ...question }) => question),
    published: { version, hash },
  };
}

/** @param otherwise what is known of the rules where there is no refusal that says it */
function notPublished(error: unknown, otherwise: PublishError['published']): never {
  if (error instanceof AdminApiError) {
    const said = error.errors.map(({ path, message }) => `${path}: ${message}`);
    const message = [error.message, ...said].join(' ');
    throw new PublishError(
      error.code,
      message,
      error.status < 500 && error.status >= 400 ? false : otherwise,
    );
  }
  throw new PublishError('UNREACHABLE', `There is no answer (${causeOf(error)}).`, otherwise);
}

/** `fetch` says in the cause what happened: ECONNREFUSED, ENOTFOUND, a certificate, a time that ran out. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const cause: unknown = error.cause ?? error;
  if (!(cause instanceof Error)) return error.name;
  const code: unknown = Reflect.get(cause, 'code');
  return typeof code === 'string' ? code : cause.name;
}
