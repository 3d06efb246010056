import type { RepeatWrites, RetryPolicy } from './retry-policy.ts';

/** What may be set for all calls of a client, and again for one. */
export interface CallSettings extends RetryPolicy {
  /** Longest wait for one attempt, its body included. */
  readonly timeoutMs: number;
  /** Longest time for the whole call: token, attempts and waits between them. */
  readonly deadlineMs: number;
  /** Answers larger than this are not read to the end. */
  readonly maxResponseBytes: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of a single call. */
export interface CallOptions extends Partial<CallSettings> {
  readonly signal?: AbortSignal | undefined;
}

export const defaultCallSettings: CallSettings = {
  // A healthy answer takes well under a second; ten leave room for a page of history on a bad day.
  timeoutMs: 10_000,
  deadlineMs: 60_000,
  maxRetries: 2,
  repeatWrites: 'never-reached' satisfies RepeatWrites,
  retryableErrorCodes: [],
  // A thousand history rows are about 300 KB.
  maxResponseBytes: 10 * 1024 * 1024,
  headers: {},
};
