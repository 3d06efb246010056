/** A dependency did not answer within its budget. */
class BudgetSpentError extends Error {
  override readonly name = 'BudgetSpentError';
  readonly code = 'BUDGET_SPENT';
}

/** The result of `work`, or a {@link BudgetSpentError} after `budgetMs`; the work itself is left to end. */
export type WithinBudget = <T>(work: Promise<T>, budgetMs: number) => Promise<T>;

/** Budgets of things done one after the other, by one timer. */
export interface Budgets {
  readonly within: WithinBudget;
  /** Leaves no timer behind. */
  end(): void;
}

/**
 * A timer set and taken back for each budget is a fiftieth of a question, and nearly none ever rings: the first one is
 * left running, and when it rings looks at what is waited for by then.
 */
export function startBudgets(): Budgets {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ringsAt = Number.POSITIVE_INFINITY;
  let waiting: { readonly endsAt: number; readonly giveUp: () => void } | null = null;

  const ring = (): void => {
    timer = undefined;
    if (waiting === null) return;
    if (waiting.endsAt > Date.now()) setFor(waiting.endsAt);
    else waiting.giveUp();
  };
  const setFor = (atMs: number): void => {
    clearTimeout(timer);
    ringsAt = atMs;
    timer = setTimeout(ring, atMs - Date.now());
  };
  return {
    within: (work, budgetMs) =>
      new Promise((resolve, reject) => {
        const endsAt = Date.now() + budgetMs;
        const mine = {
          endsAt,
          giveUp: () => reject(new BudgetSpentError(`no answer within ${budgetMs} ms`)),
        };
        waiting = mine;
        if (timer === undefined || ringsAt > endsAt) setFor(endsAt);
        const over = (): void => {
          // Work that was given up on may end while the next is waited for.
          if (waiting === mine) waiting = null;
        };
        work.then(
          (value) => {
            over();
            resolve(value);
          },
          (error: unknown) => {
            over();
            reject(error);
          },
        );
      }),
    end: () => clearTimeout(timer),
  };
}

/** One budget alone. */
export const withinBudget: WithinBudget = (work, budgetMs) => {
  const { within, end } = startBudgets();
  return within(work, budgetMs).finally(end);
};
