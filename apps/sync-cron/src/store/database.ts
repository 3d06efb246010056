/** One SQL statement with its parameters. */
export interface Statement {
  readonly sql: string;
  readonly params?: readonly (string | number | null)[];
}

export interface StatementResult {
  readonly rows: readonly unknown[];
  readonly changes: number;
  readonly rowsWritten: number;
}

/**
 * The only way to the mirror's database: a list of statements is one transaction. Everything above is counted
 * here, since a Worker's invocation may run 1,000 statements (50 on the free plan) and the local runtime does
 * not say when that is exceeded.
 */
export interface Database {
  execute(statements: readonly Statement[]): Promise<StatementResult[]>;
}

export function d1Database(d1: D1Database, onStatements: (count: number) => void = () => {}): Database {
  return {
    async execute(statements) {
      onStatements(statements.length);
      const results = await d1.batch(
        statements.map(({ sql, params = [] }) => d1.prepare(sql).bind(...params)),
      );
      return results.map(({ results: rows, meta }) => ({
        rows,
        changes: meta.changes,
        rowsWritten: meta.rows_written,
      }));
    },
  };
}

/** The rows of one statement run alone. */
export async function rowsOf(
  database: Database,
  sql: string,
  params: NonNullable<Statement['params']> = [],
): Promise<readonly unknown[]> {
  const [result] = await database.execute([{ sql, params }]);
  return result?.rows ?? [];
}

/** The name of the CHECK constraint that refused a transaction, or null for any other failure. */
export function violatedConstraint(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  return /CHECK constraint failed: (\w+)/.exec(error.message)?.[1] ?? null;
}
