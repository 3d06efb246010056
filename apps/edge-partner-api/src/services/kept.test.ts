import { expect, it } from 'vitest';
import { keptFor } from './kept.ts';

it('a value is computed anew only when it is too old, and never kept where it failed', async () => {
  let now = 0;
  let computed = 0;
  const value = keptFor(
    5_000,
    async () => {
      computed += 1;
      if (computed === 1) throw new Error('down');
      return { computed };
    },
    () => now,
  );
  await expect(value()).rejects.toThrow('down');
  expect([await value(), await value()]).toEqual([{ computed: 2 }, { computed: 2 }]);
  now = 4_999;
  expect(await value()).toEqual({ computed: 2 });
  now = 5_000;
  expect(await value()).toEqual({ computed: 3 });
});
