import type { Safety } from '../contract/endpoints.ts';
import { FacePassAbortedError, type FacePassErrorContext, FacePassHttpError } from '../errors.ts';
import { backoffMs, RETRY_AFTER_CAP_MS } from './backoff.ts';
import { mayBeTheRequest, mayRetry, type RetryPolicy } from './retry-policy.ts';
import type { Runtime } from './runtime.ts';
import type { TimeLimit } from './time-limit.ts';

export interface RetryOptions {
  readonly runtime: Runtime;
  readonly policy: RetryPolicy;
  readonly limit: TimeLimit;
  readonly safety: Safety;
  /** Whether the request may itself be what FacePass fails on. */
  readonly isTentative?: boolean;
  readonly context: FacePassErrorContext;
  /** Told before each wait. */
  readonly onRetry?: (retry: number, waitMs: number, error: unknown) => void;
}

/** A passing fault strikes three times in a row seldom; one that the request causes does so always. */
const TENTATIVE_RETRIES = 2;

/**
 * Runs `attempt` until it succeeds, must not be repeated, or no time is left. A wait that would pass the
 * deadline is not begun: the error at hand says more than a timeout would.
 */
export async function withRetries<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  const { runtime, policy, limit } = options;
  for (let retry = 1; ; retry++) {
    try {
      return await attempt();
    } catch (error) {
      const doubted = options.isTentative === true && mayBeTheRequest(error);
      const most = doubted ? Math.min(TENTATIVE_RETRIES, policy.maxRetries) : policy.maxRetries;
      if (retry > most || !mayRetry(error, options.safety, policy)) throw error;
      const asked = error instanceof FacePassHttpError ? error.retryAfterMs : undefined;
      const waitMs = asked ?? backoffMs(retry, runtime.random);
      if (waitMs > RETRY_AFTER_CAP_MS || runtime.now() + waitMs >= limit.deadlineAtMs) throw error;
      options.onRetry?.(retry, waitMs, error);
      await runtime.sleep(waitMs, limit.signal);
      if (limit.signal?.aborted) throw new FacePassAbortedError(options.context);
    }
  }
}
