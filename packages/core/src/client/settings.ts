import type { EventListener } from './events.ts';
import type { Logger, LogLevel } from './logger.ts';
import type { Middleware } from './middleware.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** What may be set for all calls of a client, and again for one. */
export interface CallSettings extends RetryPolicy {
  /** Longest wait for one attempt, its body included. Default 10 s. */
  readonly timeoutMs: number;
  /** Longest time for the whole call: token, attempts and the waits between them. Default 60 s. */
  readonly deadlineMs: number;
  /** Answers larger than this are not read to the end. Default 10 MiB. */
  readonly maxResponseBytes: number;
  /** Sent with every request to FacePass. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Some of a type's members; `undefined` says nothing, as if the member were absent. */
export type Changes<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Options of a single call. */
export interface CallOptions extends Changes<CallSettings> {
  /** Ends the call with a `FacePassAbortedError`, wherever it is. */
  readonly signal?: AbortSignal | undefined;
}

/** What `withOptions` may change: everything but credentials and addresses. */
export interface ClientSettings extends CallSettings {
  /** Wraps every HTTP attempt; the first is the outermost. */
  readonly middleware: readonly Middleware[];
  /** Told of everything the client does. */
  readonly onEvent: EventListener | undefined;
  readonly logger: Logger | undefined;
  /** From which level upwards `logger` is told. Default `info`. */
  readonly logLevel: LogLevel;
}

export const defaultSettings: ClientSettings = {
  // A healthy answer takes well under a second; ten leave room for a page of history on a bad day.
  timeoutMs: 10_000,
  deadlineMs: 60_000,
  maxRetries: 2,
  repeatWrites: 'never-reached',
  retryableErrorCodes: [],
  // A thousand history rows are about 300 KB.
  maxResponseBytes: 10 * 1024 * 1024,
  headers: {},
  middleware: [],
  onEvent: undefined,
  logger: undefined,
  logLevel: 'info',
};

/** `base` with what `changes` sets; `undefined` changes nothing, and keys that are no settings are left out. */
export function mergeSettings(base: ClientSettings, changes: Changes<ClientSettings>): ClientSettings {
  return {
    timeoutMs: changes.timeoutMs ?? base.timeoutMs,
    deadlineMs: changes.deadlineMs ?? base.deadlineMs,
    maxRetries: changes.maxRetries ?? base.maxRetries,
    repeatWrites: changes.repeatWrites ?? base.repeatWrites,
    retryableErrorCodes: changes.retryableErrorCodes ?? base.retryableErrorCodes,
    maxResponseBytes: changes.maxResponseBytes ?? base.maxResponseBytes,
    headers: { ...base.headers, ...changes.headers },
    middleware: changes.middleware ?? base.middleware,
    onEvent: changes.onEvent ?? base.onEvent,
    logger: changes.logger ?? base.logger,
    logLevel: changes.logLevel ?? base.logLevel,
  };
}
