/**
 * Structured logs, one JSON object a line. A field is a number, a flag, or a word out of our own vocabulary:
 * nothing a caller sent is ever a field, so that no name, key, token or ciphertext can reach a log.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;
type LogLevel = 'info' | 'warn' | 'error';
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

export const consoleLog: Log = (level, event, fields = {}) => {
  const line = JSON.stringify({ level, event, ...fields });
  // biome-ignore lint/suspicious/noConsole: the one place where this Worker writes its logs
  console[level](line);
};

/** The same log with fields that every line of a request carries. */
export function withFields(log: Log, common: LogFields): Log {
  return (level, event, fields) => log(level, event, { ...common, ...fields });
}

/** What may be said of an unexpected error: its class, and our own stable code. Messages may quote input. */
export function describeError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code: unknown = Reflect.get(error, 'code');
  return {
    error: error.name,
    ...(typeof code === 'string' && /^[A-Za-z_]{1,64}$/.test(code) ? { code } : {}),
  };
}
