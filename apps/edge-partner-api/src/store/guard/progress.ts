/** Numbers the guard keeps about its own work. */
export interface Progress {
  get(name: ProgressName): number;
  set(name: ProgressName, value: number): void;
}

type ProgressName = 'sent' | 'notice_wanted' | 'notice_written';

export function createProgress(sql: SqlStorage): Progress {
  return {
    get: (name) =>
      sql.exec<{ value: number }>('SELECT value FROM progress WHERE name = ?', name).toArray()[0]?.value ?? 0,
    set(name, value) {
      sql.exec('INSERT OR REPLACE INTO progress (name, value) VALUES (?, ?)', name, value);
    },
  };
}
