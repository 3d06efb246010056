import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import { BadEnvironmentError, NotConfiguredError } from '../env.ts';
import { PartnerSystemError } from '../services/delegated/partner-question.ts';

/** A place in a request that does not fit, by its path (`params.floor`), and what was expected there. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** A request that is answered with an error. `code` is stable; nothing of the request is repeated. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly errors: readonly FieldError[];

  constructor(
    status: ContentfulStatusCode,
    code: string,
    message: string,
    errors: readonly FieldError[] = [],
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** What any error becomes for a caller: ours as it is, everything else without a word about its inside. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof NotConfiguredError) {
    return new Refusal(503, error.code, 'This server is not configured for this request yet.');
  }
  if (error instanceof BadEnvironmentError) {
    return new Refusal(500, error.code, 'This server is configured wrongly; its log says where.');
  }
  if (error instanceof PartnerSystemError) {
    return new Refusal(503, 'DIRECTORY_UNAVAILABLE', 'The system where the members live did not answer.');
  }
  return new Refusal(500, 'INTERNAL_ERROR', 'Something failed here; the request id finds it in the log.');
}

/** The answer to a body, query or path that does not fit its schema. */
export function invalidRequest(issues: readonly z.core.$ZodIssue[]): Refusal {
  const errors = issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
  return new Refusal(400, 'INVALID_REQUEST', 'The request does not have the expected shape.', errors);
}
