import type { StateRow, StateStore } from './world/state-store.ts';

/** Remembers in a Durable Object's SQLite database: one row a value. */
export function createSqliteStore(sql: SqlStorage): StateStore {
  // The rowid keeps the order of first writing, which an update does not change.
  sql.exec(
    `CREATE TABLE IF NOT EXISTS state (
      scope TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
      UNIQUE (scope, kind, key)
    )`,
  );
  return {
    *load(): Iterable<StateRow> {
      const rows = sql.exec<{ scope: string; kind: string; key: string; value: string }>(
        'SELECT scope, kind, key, value FROM state ORDER BY rowid',
      );
      for (const row of rows) yield { ...row, value: JSON.parse(row.value) };
    },
    put({ scope, kind, key, value }) {
      sql.exec(
        `INSERT INTO state (scope, kind, key, value) VALUES (?, ?, ?, ?)
         ON CONFLICT (scope, kind, key) DO UPDATE SET value = excluded.value`,
        scope,
        kind,
        key,
        JSON.stringify(value),
      );
    },
    delete(scope, kind, key) {
      sql.exec('DELETE FROM state WHERE scope = ? AND kind = ? AND key = ?', scope, kind, key);
    },
    clear(scope) {
      if (scope === undefined) sql.exec('DELETE FROM state');
      else sql.exec('DELETE FROM state WHERE scope = ?', scope);
    },
  };
}
