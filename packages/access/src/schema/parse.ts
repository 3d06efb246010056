import type { z } from 'zod';
import { AccessError, type Issue } from '../access-error.ts';
import type { Release } from '../model.ts';
import { releaseSchema } from './release.ts';

/**
 * Reads a rules document of unknown shape, filling in defaults. References between its parts are checked by
 * `compile`.
 *
 * @throws AccessError `invalid_release` with every place that does not fit the schema
 */
export function parseRelease(document: unknown): Release {
  const result = releaseSchema.safeParse(document);
  if (result.success) return result.data;
  throw new AccessError('invalid_release', result.error.issues.map(toIssue));
}

function toIssue(issue: z.core.$ZodIssue): Issue {
  return {
    path: issue.path.map((step) => (typeof step === 'number' ? step : String(step))),
    message: issue.message,
  };
}
