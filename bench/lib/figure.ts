/** One measured number. Most are ratios: they survive a change of machine, absolute times do not. */
export interface Figure {
  /** Stable, dotted, lower case: `envelope.seal_ratio_vs_floor`. */
  readonly name: string;
  readonly value: number;
  /** What the project promises for it, where it promises anything. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What a `bench/*.bench.ts` module exports. */
export interface BenchModule {
  figures(log: (line: string) => void): Promise<readonly Figure[]>;
}

export function keepsItsPromise({ value, atLeast = -Infinity, atMost = Infinity }: Figure): boolean {
  return value >= atLeast && value <= atMost;
}
