/** A dependency did not answer within its budget. */
class BudgetSpentError extends Error {
  override readonly name = 'BudgetSpentError';
  readonly code = 'BUDGET_SPENT';
}

/** The result of `work`, or a {@link BudgetSpentError} after `budgetMs`; the work itself is left to end. */
export function withinBudget<T>(work: Promise<T>, budgetMs: number): Promise<T> {
  // One promise and one timer: this is on the way of every question, twice.
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new BudgetSpentError(`no answer within ${budgetMs} ms`)), budgetMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
