/** How far the guard has read lists of others, as they name it. */
export interface Cursors {
  get(name: CursorName): string | null;
  set(name: CursorName, value: string): void;
}

type CursorName = 'unused_permits';

export function createCursors(sql: SqlStorage): Cursors {
  return {
    get: (name) =>
      sql.exec<{ value: string }>('SELECT value FROM cursors WHERE name = ?', name).toArray()[0]?.value ??
      null,
    set(name, value) {
      sql.exec('INSERT OR REPLACE INTO cursors (name, value) VALUES (?, ?)', name, value);
    },
  };
}
