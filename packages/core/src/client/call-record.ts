import { FacePassError, type FacePassErrorContext } from '../errors.ts';
import type { CallTimings } from './call.ts';
import type { EventErrorCode, EventListener } from './events.ts';
import type { Runtime } from './runtime.ts';

/** Keeps the count and the time of one call, and tells its events. */
export interface CallRecord {
  readonly callId: string;
  readonly startedAtMs: number;
  attempts(): number;
  context(requestId?: string): FacePassErrorContext;
  /** Times `work` as one attempt. */
  attempt<T extends { readonly status: number; readonly bytes: number }>(work: () => Promise<T>): Promise<T>;
  token<T>(work: () => Promise<T>): Promise<T>;
  retries(retry: number, waitMs: number, error: unknown): void;
  limited(waitMs: number): void;
  timings(): CallTimings;
  succeeded(requestId: string | undefined): void;
  failed(error: unknown): void;
}

export function startRecord(runtime: Runtime, emit: EventListener, endpoint: string): CallRecord {
  const callId = crypto.randomUUID();
  const startedAtMs = runtime.now();
  const of = { callId, endpoint };
  const attemptsMs: number[] = [];
  let attempts = 0;
  let tokenMs = 0;
  let waitMs = 0;
  emit({ type: 'call_started', atMs: startedAtMs, ...of });

  const finished = (rest: { requestId?: string; error?: EventErrorCode }) => {
    const atMs = runtime.now();
    emit({ type: 'call_finished', atMs, durationMs: atMs - startedAtMs, attempts, ...rest, ...of });
  };

  return {
    callId,
    startedAtMs,
    attempts: () => attempts,
    context: (requestId) => ({ endpoint, attempts, requestId }),
    async attempt(work) {
      attempts++;
      const attempt = attempts;
      const beganMs = runtime.now();
      emit({ type: 'attempt_started', atMs: beganMs, attempt, ...of });
      const ended = (rest: { status?: number; bytes?: number; error?: EventErrorCode }) => {
        const atMs = runtime.now();
        attemptsMs.push(atMs - beganMs);
        emit({ type: 'attempt_finished', atMs, attempt, durationMs: atMs - beganMs, ...rest, ...of });
      };
      try {
        const answer = await work();
        ended({ status: answer.status, bytes: answer.bytes });
        return answer;
      } catch (error) {
        ended({ error: codeOf(error) });
        throw error;
      }
    },
    async token(work) {
      const beganMs = runtime.now();
      try {
        return await work();
      } finally {
        tokenMs += runtime.now() - beganMs;
      }
    },
    retries(retry, ms, error) {
      waitMs += ms;
      emit({ type: 'retry_scheduled', atMs: runtime.now(), retry, waitMs: ms, error: codeOf(error), ...of });
    },
    limited(ms) {
      waitMs += ms;
      emit({ type: 'rate_limited', atMs: runtime.now(), waitMs: ms, ...of });
    },
    timings: () => ({ totalMs: runtime.now() - startedAtMs, tokenMs, waitMs, attemptsMs }),
    succeeded: (requestId) => finished(requestId === undefined ? {} : { requestId }),
    failed(error) {
      const requestId = error instanceof FacePassError ? error.requestId : undefined;
      finished({ error: codeOf(error), ...(requestId !== undefined && { requestId }) });
    },
  };
}

/** Only our own errors have a code; what a middleware throws is its own affair. */
function codeOf(error: unknown): EventErrorCode {
  return error instanceof FacePassError ? error.code : 'unknown_error';
}
