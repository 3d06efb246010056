/** A check that runs in every runtime: it throws where something is not as it should be. */
export interface PortableCase {
  readonly group: string;
  readonly name: string;
  run(): Promise<void>;
}

export function assertEqual(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`Expected ${right}, got ${left}`);
}

/** Passes where `attempt` throws or rejects with an error of this code, and returns that error. */
export async function assertFails(attempt: () => unknown, code: string): Promise<Error> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return error;
    throw new Error(`Expected an error with code ${code}, got ${String(error)}`);
  }
  throw new Error(`Expected an error with code ${code}, got none`);
}
