/** What one invocation of a Worker may spend, with room left for the rest of its work. */
export interface BudgetLimits {
  /** Requests to FacePass, its token endpoint included. */
  readonly subrequests: number;
  /** Statements of D1. */
  readonly queries: number;
  readonly wallMs: number;
}

export const budgets: Readonly<Record<'free' | 'paid', BudgetLimits>> = {
  /** 10,000 subrequests, 1,000 statements, 15 minutes of wall time for a cron invocation. */
  paid: { subrequests: 9_500, queries: 950, wallMs: 12 * 60_000 },
  /** 50 external subrequests and 50 statements. */
  free: { subrequests: 45, queries: 48, wallMs: 12 * 60_000 },
};

/** Statements a slice still needs when it stops: fence, people, two row chunks, quarantine, checkpoint, release. */
const QUERIES_PER_STOP = 7;
/** Statements of a run's end: what was learnt, parked and reached of two streams, and the run log. */
const QUERIES_AT_END = 8;
/** A page and, at times, a token. Retries beyond that run into the limit itself, which stops the run as cleanly. */
const SUBREQUESTS_PER_PAGE = 2;

/** Counts what a run spends and says when to stop. */
export interface Budget {
  /** Counts a request that is about to be sent; false when it must not be. */
  takeSubrequest(): boolean;
  countQueries(count: number): void;
  /** Whether `workers` slices at once may each read one more page and still store it. */
  allows(workers: number): boolean;
  readonly spent: { readonly subrequests: number; readonly queries: number };
}

export function createBudget(limits: BudgetLimits, now: () => number): Budget {
  const startedMs = now();
  const spent = { subrequests: 0, queries: 0 };
  return {
    takeSubrequest() {
      if (spent.subrequests >= limits.subrequests) return false;
      spent.subrequests++;
      return true;
    },
    countQueries(count) {
      spent.queries += count;
    },
    allows: (workers) =>
      spent.subrequests + workers * SUBREQUESTS_PER_PAGE <= limits.subrequests &&
      spent.queries + workers * QUERIES_PER_STOP + QUERIES_AT_END <= limits.queries &&
      now() - startedMs < limits.wallMs,
    spent,
  };
}
