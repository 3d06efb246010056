import type { Safety } from '../contract/endpoints.ts';
import {
  FacePassApiError,
  FacePassConnectionError,
  FacePassHttpError,
  FacePassProtocolError,
  FacePassTimeoutError,
} from '../errors.ts';

/**
 * When a `once` call may be sent again:
 * - `never-reached`: only when the request surely did not arrive;
 * - `refused`: also after 429, and after 503 with `Retry-After`, which say that nothing was done;
 * - `always`: like a read. The caller answers for what a repetition does.
 */
export type RepeatWrites = 'never-reached' | 'refused' | 'always';

export interface RetryPolicy {
  readonly maxRetries: number;
  readonly repeatWrites: RepeatWrites;
  /** Which refusals (`FAIL` inside a 200) are worth another try; none by default. */
  readonly retryableErrorCodes: readonly string[];
}

/** 409 and 425 are momentary conflicts; 408 and 429 ask for another try; 501 never becomes another answer. */
function isTransientStatus(status: number): boolean {
  return (
    status === 408 || status === 409 || status === 425 || status === 429 || (status >= 500 && status !== 501)
  );
}

/** Whether another attempt is allowed after `error`, by what it may have done and what a repetition would do. */
export function mayRetry(error: unknown, safety: Safety, policy: RetryPolicy): boolean {
  if (error instanceof FacePassConnectionError && error.reached === 'no') return true;
  if (!isTransient(error, policy)) return false;
  if (safety !== 'once' || policy.repeatWrites === 'always') return true;
  return policy.repeatWrites === 'refused' && wasRefused(error);
}

function isTransient(error: unknown, policy: RetryPolicy): boolean {
  if (error instanceof FacePassConnectionError) return true;
  if (error instanceof FacePassTimeoutError) return error.limit === 'attempt';
  if (error instanceof FacePassHttpError) return isTransientStatus(error.status);
  if (error instanceof FacePassApiError) return policy.retryableErrorCodes.includes(error.errorCode);
  // A proxy's page or a cut-off body may be gone the next time; a wrong shape stays wrong.
  if (error instanceof FacePassProtocolError)
    return error.problem === 'not_json' || error.problem === 'truncated';
  return false;
}

/** Whether FacePass may have failed because of what was asked; a limit, a 503 that names its end or a lost connection is none of that. */
export function mayBeTheRequest(error: unknown): boolean {
  if (error instanceof FacePassHttpError) return error.status >= 500 && error.retryAfterMs === undefined;
  return error instanceof FacePassTimeoutError || error instanceof FacePassProtocolError;
}

function wasRefused(error: unknown): boolean {
  if (error instanceof FacePassApiError) return true;
  if (!(error instanceof FacePassHttpError)) return false;
  return error.status === 429 || (error.status === 503 && error.retryAfterMs !== undefined);
}
