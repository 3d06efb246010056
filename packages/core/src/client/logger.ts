import type { EventListener, FacePassEvent } from './events.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where the client's log lines go: `console`, pino, winston and their like fit as they are. */
export type Logger = Readonly<
  Record<LogLevel, (message: string, fields: Readonly<Record<string, unknown>>) => void>
>;

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Turns events into log lines from `level` upwards. */
export function logEvents(logger: Logger, level: LogLevel): EventListener {
  return (event) => {
    const { type, ...fields } = event;
    const weight = levelOf(event);
    if (order.indexOf(weight) >= order.indexOf(level)) logger[weight](`facepass ${type}`, fields);
  };
}

function levelOf(event: FacePassEvent): LogLevel {
  switch (event.type) {
    case 'call_finished':
      if (event.error === undefined) return 'info';
      // Refusals and the caller's own aborts are answers, not faults.
      return event.error === 'api_error' || event.error === 'aborted' ? 'warn' : 'error';
    case 'retry_scheduled':
    case 'rows_quarantined':
    case 'token_refused':
    case 'token_store_failed':
      return 'warn';
    case 'token_issued':
    case 'public_key_fetched':
      return 'info';
    default:
      return 'debug';
  }
}
