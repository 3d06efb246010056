import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The tests against other implementations ask tens of thousands of questions on a machine that does other things.
    testTimeout: 60_000,
    exclude: [...configDefaults.exclude, '.stryker-tmp/**'],
  },
});
