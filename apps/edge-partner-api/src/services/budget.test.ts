import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startBudgets, withinBudget } from './budget.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<string>(() => {});
const after = (ms: number, value: string) =>
  new Promise<string>((resolve) => setTimeout(() => resolve(value), ms));
/** How a promise ends, and when. */
const endOf = (promise: Promise<string>) =>
  promise.then(
    (value) => ({ value, at: Date.now() }),
    (error: unknown) => ({ error, at: Date.now() }),
  );
const spent = { error: { code: 'BUDGET_SPENT' } };

describe('a budget', () => {
  it('gives the result that comes within it, and the failure', async () => {
    const given = endOf(withinBudget(after(20, 'a'), 50));
    await vi.advanceTimersByTimeAsync(50);
    expect(await given).toMatchObject({ value: 'a' });
    await expect(withinBudget(Promise.reject(new Error('down')), 50)).rejects.toThrow('down');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is over when it is over', async () => {
    const start = Date.now();
    const ended = endOf(withinBudget(never, 50));
    await vi.advanceTimersByTimeAsync(49);
    await vi.advanceTimersByTimeAsync(1);
    expect(await ended).toMatchObject({ ...spent, at: start + 50 });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('budgets one after the other', () => {
  it('are each as long as was said, whatever the ones before took, by one timer', async () => {
    for (const [first, second] of [
      [500, 2_000],
      [2_000, 500],
    ] as const) {
      const { within, end } = startBudgets();
      const quick = endOf(within(Promise.resolve('a'), first));
      expect(vi.getTimerCount()).toBe(1);
      expect(await quick).toMatchObject({ value: 'a' });
      await vi.advanceTimersByTimeAsync(100);
      const start = Date.now();
      const slow = endOf(within(never, second));
      expect(vi.getTimerCount()).toBe(1);
      await vi.advanceTimersByTimeAsync(second);
      expect(await slow).toMatchObject({ ...spent, at: start + second });
      end();
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  it('are not mistaken for each other by work that ends late', async () => {
    const { within, end } = startBudgets();
    const late = endOf(within(after(120, 'late'), 100));
    await vi.advanceTimersByTimeAsync(100);
    expect(await late).toMatchObject(spent);
    const start = Date.now();
    const next = endOf(within(never, 100));
    await vi.advanceTimersByTimeAsync(100);
    expect(await next).toMatchObject({ ...spent, at: start + 100 });
    end();
  });

  it('ring for nobody between two', async () => {
    const { within, end } = startBudgets();
    await within(Promise.resolve('a'), 100);
    await vi.advanceTimersByTimeAsync(200);
    const start = Date.now();
    const next = endOf(within(never, 100));
    await vi.advanceTimersByTimeAsync(100);
    expect(await next).toMatchObject({ ...spent, at: start + 100 });
    end();
    expect(vi.getTimerCount()).toBe(0);
  });
});
