/** What one invocation of a Worker may spend, with room left for the rest of its work. */
export interface BudgetLimits {
  /** Requests to FacePass, its token endpoint included. */
  readonly subrequests: number;
  /** Statements of D1. */
  readonly queries: number;
  readonly wallMs: number;
  /** Slices read at once. D1 commits one transaction at a time, and a Worker has six connections. */
  readonly workers: number;
}

export const budgets: Readonly<Record<'free' | 'paid', BudgetLimits>> = {
  /** 10,000 subrequests, 1,000 statements, 15 minutes of wall time for a cron invocation. */
  paid: { subrequests: 9_500, queries: 950, wallMs: 12 * 60_000, workers: 4 },
  /**
   * 50 external subrequests and 50 statements: one slice at a time, since each has to be able to stop within them. What
   * comes after a run is not asked: three statements for a backfill to be begun, and one for each alert.
   */
  free: { subrequests: 45, queries: 45, wallMs: 12 * 60_000, workers: 1 },
};

/** Statements of a commit: erased people's names of today, fence, people, two row chunks, quarantine, checkpoint. */
const QUERIES_PER_COMMIT = 7;
/** What a slice still needs when it stops: a last commit, and its release. */
const QUERIES_PER_STOP = QUERIES_PER_COMMIT + 1;
/** Statements of a run's end: what was learnt, parked and reached of two streams, and the run log. */
const QUERIES_AT_END = 8;
/** A page and, at times, a token. Retries beyond that run into the limit itself, which stops the run as cleanly. */
const SUBREQUESTS_PER_PAGE = 2;

/** Counts what a run spends and says when to stop. */
export interface Budget {
  /** Counts a request that is about to be sent; false when it must not be. */
  takeSubrequest(): boolean;
  countQueries(count: number): void;
  /** Whether `workers` slices at once may each read one more page and still store it, beside `commits` under way. */
  allows(underWay: { readonly workers: number; readonly commits: number }): boolean;
  /** Whether work beside a run may take so many statements more, and a request with its token. */
  hasRoom(queries: number): boolean;
  readonly limits: BudgetLimits;
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
    allows: ({ workers, commits }) =>
      spent.subrequests + workers * SUBREQUESTS_PER_PAGE <= limits.subrequests &&
      spent.queries + workers * QUERIES_PER_STOP + commits * QUERIES_PER_COMMIT + QUERIES_AT_END <=
        limits.queries &&
      now() - startedMs < limits.wallMs,
    hasRoom: (queries) =>
      spent.subrequests + SUBREQUESTS_PER_PAGE <= limits.subrequests &&
      spent.queries + queries <= limits.queries &&
      now() - startedMs < limits.wallMs,
    limits,
    spent,
  };
}
