/** What a log line may hold: counts, ids of our own, codes. Never a row, a key, a name or a token. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  /** Something an operator should look at. */
  alert(event: string, fields?: LogFields): void;
}

/** One JSON object per line, as Workers Logs indexes them. */
export const consoleLog: Log = {
  info: (event, fields) => write('info', event, fields),
  alert: (event, fields) => write('error', event, fields),
};

function write(level: 'info' | 'error', event: string, fields: LogFields = {}): void {
  // biome-ignore lint/suspicious/noConsole: the console is the Worker's log, and this the only place that writes to it
  console[level](JSON.stringify({ level, event, ...fields }));
}
