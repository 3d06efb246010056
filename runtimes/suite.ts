/** What a portable suite exports: plain functions that throw, so that no test framework has to run everywhere. */
interface PortableCase {
  /** What the runtime is shown to be able to do; one row of the table. */
  readonly group: string;
  /** A sentence, unique within the group. */
  readonly name: string;
  run(): Promise<void>;
}

export interface PortableSuite {
  readonly cases: readonly PortableCase[];
}

export interface CaseResult {
  readonly group: string;
  readonly name: string;
  /** Absent where it passed. */
  readonly failure?: string;
}

/** Runs the cases one after the other: a failure must not depend on what ran beside it. */
export async function runSuite({ cases }: PortableSuite): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const { group, name, run } of cases) {
    try {
      await run();
      results.push({ group, name });
    } catch (error) {
      results.push({
        group,
        name,
        failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  }
  return results;
}
