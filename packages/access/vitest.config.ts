import { defineConfig } from 'vitest/config';

// The tests against other implementations ask tens of thousands of questions on a machine that does other things.
export default defineConfig({ test: { testTimeout: 60_000 } });
