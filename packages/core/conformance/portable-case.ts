/** A check that runs in every runtime: it throws where something is not as it should be. */
export interface PortableCase {
  readonly group: string;
  readonly name: string;
  run(): Promise<void>;
}

/** Cases of one group, each a sentence about behaviour. */
export function group(
  name: string,
  sentences: Readonly<Record<string, () => Promise<void>>>,
): PortableCase[] {
  return Object.entries(sentences).map(([sentence, run]) => ({ group: name, name: sentence, run }));
}

/** Passes where both are the same data: member order and members that are `undefined` do not count. */
export function assertEqual(actual: unknown, expected: unknown, about = ''): void {
  const [left, right] = [canonical(actual), canonical(expected)];
  if (left !== right) throw new Error(`${about && `${about}: `}expected ${right}, got ${left}`);
}

export function assert(condition: boolean, about: string): asserts condition {
  if (!condition) throw new Error(`Expected ${about}`);
}

/** The error of a class that `attempt` must reject with. */
export async function rejection<E extends Error>(
  // Constructors of any arguments: only the instance is of interest.
  kind: abstract new (...args: never[]) => E,
  attempt: () => unknown,
): Promise<E> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof kind) return error;
    throw new Error(`Expected a ${kind.name}, got ${String(error)}`);
  }
  throw new Error(`Expected a ${kind.name}, got none`);
}

function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
