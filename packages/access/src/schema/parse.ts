import type { z } from 'zod';
import { AccessError, type Issue } from '../access-error.ts';
import type { Release } from '../model.ts';
import { didYouMean } from '../nearest-name.ts';
import { knownKeysAt } from './known-keys.ts';
import { releaseSchema } from './release.ts';

/**
 * Reads a rules document of unknown shape, filling in defaults and the dates of built-in calendars. References
 * between its parts are checked by `compile`.
 *
 * @throws AccessError `invalid_release` with every place that does not fit the schema
 */
export function parseRelease(document: unknown): Release {
  const result = releaseSchema.safeParse(document);
  if (result.success) return result.data;
  throw new AccessError(
    'invalid_release',
    result.error.issues.flatMap((issue) => toIssues(issue, document)),
  );
}

type Path = readonly (string | number)[];

function toIssues(issue: z.core.$ZodIssue, document: unknown): Issue[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  const value = valueAt(document, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  if (value === undefined) return [{ path, message: 'is missing' }];
  if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? issue.message }];
  if (issue.code === 'invalid_value') {
    const known = issue.values.map(String);
    const message = `${JSON.stringify(value)} is none of ${known.map((each) => `"${each}"`).join(', ')}`;
    return [withHint(path, message, typeof value === 'string' ? didYouMean(value, known) : undefined)];
  }
  const hint =
    issue.code === 'invalid_type' && issue.expected === 'string' && typeof value === 'number'
      ? `put it in quotes: "${value}"`
      : undefined;
  return [withHint(path, issue.message.replace(/^(Invalid input|Too small|Too big): /, ''), hint)];
}

function unknownKey(path: Path, key: string): Issue {
  const known = knownKeysAt(releaseSchema, path);
  const hint = didYouMean(key, known) ?? (known.length > 0 ? `known are ${known.join(', ')}` : undefined);
  return withHint([...path, key], 'is not known here', hint);
}

function withHint(path: Path, message: string, hint: string | undefined): Issue {
  return hint === undefined ? { path, message } : { path, message, hint };
}

function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}
