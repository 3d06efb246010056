import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

/** As much of D1 as a directory of members needs, over SQLite in this process: what it takes is the query itself. */
export function sqliteD1(migrations: string) {
  const db = new DatabaseSync(':memory:');
  for (const file of readdirSync(migrations).sort()) db.exec(readFileSync(join(migrations, file), 'utf8'));
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const statement = (sql: string, values: readonly SQLInputValue[]) => {
    const all = async () => {
      const known = prepared.get(sql) ?? db.prepare(sql);
      prepared.set(sql, known);
      return { results: known.all(...values) };
    };
    return {
      bind: (...bound: SQLInputValue[]) => statement(sql, bound),
      all,
      run: all,
      async first(column?: string) {
        const [row] = (await all()).results;
        return row === undefined ? null : column === undefined ? row : row[column];
      },
    };
  };
  return {
    prepare: (sql: string) => statement(sql, []),
    async batch(statements: readonly ReturnType<typeof statement>[]) {
      db.exec('BEGIN');
      const results = [];
      for (const one of statements) results.push(await one.all());
      db.exec('COMMIT');
      return results;
    },
  };
}
