import { performance } from 'node:perf_hooks';

type Task = () => Promise<unknown> | unknown;

export interface InterleaveOptions {
  /** Rounds measured after warming up. Every round times every contender once, in a changing order. */
  readonly rounds: number;
  /** Calls per contender and round, one after the other. */
  readonly callsPerRound: number;
}

/** Nanoseconds per call, one entry per round. */
export type Timings<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/** Share of the rounds run first and thrown away, while the engine compiles and caches fill. */
const warmUpShare = 0.2;

/**
 * Times contenders side by side: on a shared machine the load changes from second to second, so only what
 * ran in the same round is comparable.
 */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, Task>>,
  { rounds, callsPerRound }: InterleaveOptions,
): Promise<Timings<Name>> {
  // Object.keys and Object.fromEntries widen to string; these are exactly the keys of `contenders`.
  const names = Object.keys(contenders) as Name[];
  const timings = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  const warmUp = Math.ceil(rounds * warmUpShare);
  for (let round = 0; round < warmUp + rounds; round += 1) {
    // Rotated, and every other time backwards, so that nobody always runs behind the same neighbor.
    const order = [...names.slice(round % names.length), ...names.slice(0, round % names.length)];
    for (const name of round % 2 === 0 ? order : order.reverse()) {
      const nanoseconds = await time(contenders[name], callsPerRound);
      if (round >= warmUp) timings[name].push(nanoseconds);
    }
  }
  return timings;
}

async function time(task: Task, calls: number): Promise<number> {
  const start = performance.now();
  for (let call = 0; call < calls; call += 1) await task();
  return ((performance.now() - start) * 1e6) / calls;
}

/** How many times as fast `contender` is as `reference`: the median over rounds of their ratio within one round. */
export function speedRatio<Name extends string>(
  timings: Timings<Name>,
  contender: Name,
  reference: Name,
): number {
  const own = timings[contender];
  return median(timings[reference].map((nanoseconds, round) => nanoseconds / (own[round] ?? Number.NaN)));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}
