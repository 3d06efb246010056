/** A D1 database that counts what is done with it, since the local runtime enforces no limit on statements. */
export function countingDatabase(database: D1Database): {
  readonly database: D1Database;
  readonly statements: number;
  readonly rowsWritten: number;
  readonly batches: number[];
} {
  const batches: number[] = [];
  let rowsWritten = 0;
  const counting = new Proxy(database, {
    get(target, key) {
      if (key !== 'batch') {
        const member: unknown = Reflect.get(target, key);
        return typeof member === 'function' ? member.bind(target) : member;
      }
      return async (statements: D1PreparedStatement[]) => {
        batches.push(statements.length);
        const results = await target.batch(statements);
        for (const { meta } of results) rowsWritten += meta.rows_written;
        return results;
      };
    },
  });
  return {
    database: counting,
    batches,
    get statements() {
      return batches.reduce((sum, count) => sum + count, 0);
    },
    get rowsWritten() {
      return rowsWritten;
    },
  };
}
