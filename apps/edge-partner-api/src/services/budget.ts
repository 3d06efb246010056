/** A dependency did not answer within its budget. */
class BudgetSpentError extends Error {
  override readonly name = 'BudgetSpentError';
  readonly code = 'BUDGET_SPENT';
}

/** The result of `work`, or a {@link BudgetSpentError} after `budgetMs`; the work itself is left to end. */
export async function withinBudget<T>(work: Promise<T>, budgetMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const spent = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BudgetSpentError(`no answer within ${budgetMs} ms`)), budgetMs);
  });
  try {
    return await Promise.race([work, spent]);
  } finally {
    clearTimeout(timer);
  }
}
