import { describe, it } from 'vitest';
import { cases } from '../conformance/suite.ts';

describe('the portable suite', () => {
  it.each(cases)('$group: $name', async ({ run }) => {
    await run();
  });
});
