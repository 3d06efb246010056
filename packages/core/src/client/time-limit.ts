import { FacePassAbortedError, type FacePassErrorContext, FacePassTimeoutError } from '../errors.ts';
import type { Runtime } from './runtime.ts';

/** How long one piece of work may take, and who may call it off. */
export interface TimeLimit {
  readonly timeoutMs: number;
  /** Instant at which the whole call must have ended. */
  readonly deadlineAtMs: number;
  /** The whole allowance, for the message. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` and ends it when its time is over or the caller's signal fires, even if `work` does not heed
 * its own signal.
 *
 * @throws FacePassTimeoutError, FacePassAbortedError, or what `work` throws.
 */
export async function withTimeLimit<T>(
  runtime: Runtime,
  limit: TimeLimit,
  context: FacePassErrorContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const aborted = () => new FacePassAbortedError(context);
  if (limit.signal?.aborted) throw aborted();
  const leftMs = limit.deadlineAtMs - runtime.now();
  const byDeadline = leftMs <= limit.timeoutMs;
  const timedOut = () =>
    byDeadline
      ? new FacePassTimeoutError({ limit: 'deadline', timeoutMs: limit.deadlineMs }, context)
      : new FacePassTimeoutError({ limit: 'attempt', timeoutMs: limit.timeoutMs }, context);
  if (leftMs <= 0) throw timedOut();

  const ending = new AbortController();
  let stopTimer: (() => void) | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => reject(aborted());
      limit.signal?.addEventListener('abort', onAbort);
      stopTimer = runtime.startTimer(byDeadline ? leftMs : limit.timeoutMs, () => reject(timedOut()));
      work(ending.signal).then(resolve, reject);
    });
  } finally {
    stopTimer?.();
    if (onAbort !== undefined) limit.signal?.removeEventListener('abort', onAbort);
    ending.abort();
  }
}
