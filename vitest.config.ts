import { defineConfig } from 'vitest/config';

/** Where a machine-readable report goes besides the one on the terminal; .ci/run counts from it. */
const reportFile = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    ...(reportFile ? { reporters: ['default', ['json', { outputFile: reportFile }]] } : {}),
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Tests exercise dist/, the very files that are shipped: worker threads and child processes run the same code.
    // Loaded by Node itself, not by Vite: there would be a second copy of graphql, which refuses the first one's objects.
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
