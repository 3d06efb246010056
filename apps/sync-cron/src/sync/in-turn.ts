/** Work done beside its caller, one piece at a time, in order. */
export interface InTurn {
  /** Begins `work` once the piece before it is done; fails if that failed. At most one piece is ever under way. */
  begin(work: () => Promise<void>): Promise<void>;
  /** Until nothing is under way. @throws what the last piece failed with. */
  idle(): Promise<void>;
}

export function createInTurn(): InTurn {
  let underWay: Promise<void> = Promise.resolve();
  return {
    async begin(work) {
      await underWay;
      underWay = work();
      // Whoever waits for it next is told; until then it must not count as unhandled.
      underWay.catch(() => undefined);
    },
    idle: () => underWay,
  };
}
