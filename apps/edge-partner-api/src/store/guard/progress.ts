/** Numbers the guard keeps about its own work. */
export interface Progress {
  get(name: ProgressName): number;
  set(name: ProgressName, value: number): void;
}

type ProgressName =
  | 'sent'
  | 'notice_wanted'
  | 'notice_written'
  /** Numbers up to here are in the mirror, or nothing can be done about it. */
  | 'arrived'
  /** Numbers up to here were in the queue at that instant. */
  | 'arrivals_through'
  | 'arrivals_marked_at'
  /** The oldest number that was missing when decisions were sent again, and how often that was. */
  | 'arrivals_oldest'
  | 'arrivals_attempts';

export function createProgress(sql: SqlStorage): Progress {
  return {
    get: (name) =>
      sql.exec<{ value: number }>('SELECT value FROM progress WHERE name = ?', name).toArray()[0]?.value ?? 0,
    set(name, value) {
      sql.exec('INSERT OR REPLACE INTO progress (name, value) VALUES (?, ?)', name, value);
    },
  };
}
