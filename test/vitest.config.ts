import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Two cores are the smallest machine the suite is meant for; tests that measure memory or signals start their own processes.
    maxWorkers: 2,
  },
});
