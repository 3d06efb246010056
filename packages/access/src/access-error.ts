/** One thing that is wrong in what a person wrote, said so that they can find and mend it. */
export interface Issue {
  /** Where in the document: keys and list positions, outermost first. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What to do about it, where that can be told. */
  readonly hint?: string;
  /** Line of the source text, counted from 1, where the text is known. */
  readonly line?: number;
}

/**
 * - `invalid_release`: a rules document that cannot be published.
 * - `invalid_text`: a text that is not YAML or JSON at all.
 * - `invalid_calendar`: an iCalendar file that cannot be read.
 */
export type AccessErrorCode = 'invalid_release' | 'invalid_text' | 'invalid_calendar';

/** Thrown by everything here that takes what a person wrote; {@link AccessError.issues} is never empty. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly code: AccessErrorCode;
  readonly issues: readonly Issue[];

  constructor(code: AccessErrorCode, issues: readonly Issue[]) {
    const told = firstOf(issues);
    super(`${code}: ${told.map(describeIssue).join('; ')}`);
    this.code = code;
    this.issues = told;
  }
}

/** Nobody reads on after this many. */
const ISSUES_MAX = 1000;

function firstOf(issues: readonly Issue[]): readonly Issue[] {
  const untold = issues.length - ISSUES_MAX;
  if (untold <= 0) return issues;
  return [...issues.slice(0, ISSUES_MAX), { path: [], message: `and ${untold} more mistakes` }];
}

/** An issue in one line: `line 12: rules[0].zones[1]: zone "gate-a" is not defined (did you mean "gate-A"?)`. */
export function describeIssue(issue: Issue): string {
  const line = issue.line === undefined ? '' : `line ${issue.line}: `;
  const path = formatPath(issue.path);
  const hint = issue.hint === undefined ? '' : ` (${issue.hint})`;
  return `${line}${path === '' ? '' : `${path}: `}${issue.message}${hint}`;
}

function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}
