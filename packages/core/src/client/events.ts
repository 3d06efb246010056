import type { FacePassErrorCode } from '../errors.ts';

/** The `code` of a FacePassError; `unknown_error` for what a middleware threw. */
export type EventErrorCode = FacePassErrorCode | 'unknown_error';

/** Which call an event belongs to. */
interface OfCall {
  /** Random, one per call: pairs the events of calls that run side by side. */
  readonly callId: string;
  /** Method and path, without the query. */
  readonly endpoint: string;
}

/**
 * What a client does, as it happens: enough for traces, metrics and logs, and nothing of bodies, tokens or
 * persons. Times are milliseconds since 1970, UTC.
 */
export type FacePassEvent =
  | ({ readonly type: 'call_started'; readonly atMs: number } & OfCall)
  | ({ readonly type: 'attempt_started'; readonly atMs: number; readonly attempt: number } & OfCall)
  | ({
      readonly type: 'attempt_finished';
      readonly atMs: number;
      readonly attempt: number;
      readonly durationMs: number;
      /** HTTP status, where an answer came. */
      readonly status?: number;
      /** Bytes of the answer's body, where it was read. */
      readonly bytes?: number;
      /** Why no answer could be read. */
      readonly error?: EventErrorCode;
    } & OfCall)
  | ({
      readonly type: 'retry_scheduled';
      readonly atMs: number;
      readonly retry: number;
      readonly waitMs: number;
      readonly error: EventErrorCode;
    } & OfCall)
  | ({ readonly type: 'rate_limited'; readonly atMs: number; readonly waitMs: number } & OfCall)
  | ({
      readonly type: 'call_finished';
      readonly atMs: number;
      readonly durationMs: number;
      readonly attempts: number;
      readonly requestId?: string;
      /** Absent when the call succeeded. */
      readonly error?: EventErrorCode;
    } & OfCall)
  | {
      readonly type: 'rows_quarantined';
      readonly atMs: number;
      readonly endpoint: string;
      /** The fields that could not be read, one per row. */
      readonly paths: readonly string[];
    }
  | { readonly type: 'token_issued'; readonly atMs: number; readonly lifetimeSeconds: number }
  | { readonly type: 'token_refused'; readonly atMs: number }
  | {
      readonly type: 'token_store_failed';
      readonly atMs: number;
      readonly operation: 'read' | 'write' | 'refuse';
    }
  | { readonly type: 'public_key_fetched'; readonly atMs: number; readonly changed: boolean };

export type EventListener = (event: FacePassEvent) => void;

/** Tells every listener; one that throws harms neither the call nor the others. */
export function createEmitter(listeners: readonly EventListener[]): EventListener {
  return (event) => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch {
        // Watching must never change what is watched, and there is nobody here to tell.
      }
    }
  };
}
