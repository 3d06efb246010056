import { defineConfig } from 'vitest/config';

// Every mutant meets these tests: those about what is mutated. The random ones run a fiftieth of their length, with
// the same seed each time; the ones against Cedar and about explanations are left out, because they take longer than
// all others together, and those about lint, which is not mutated.
export default defineConfig({
  test: {
    include: ['src/*.test.ts', 'src/compile/*.test.ts', 'src/analysis/replay.test.ts', 'test/*.test.ts'],
    exclude: [
      'test/{decide.differential,explain.properties,lint-overlaps.properties,next-permitted,large-releases,guide,lean}.test.ts',
    ],
    isolate: false,
    testTimeout: 60_000,
    env: { FUZZ_SHARE: '0.02' },
    setupFiles: ['test/fixed-seed.ts'],
  },
});
