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
    // Wide enough for a machine that does much else: they end what hangs, and say nothing about speed.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
});
