import { randomInt } from 'node:crypto';
import { defineConfig } from 'vitest/config';
import { LongFirst } from './long-first.js';

/** What property tests draw from: a number that stays the same, the one that is asked for, or a new one. */
function seedFrom(asked = '1'): number {
  const seed = asked === 'random' ? randomInt(2 ** 31) : Number(asked);
  if (asked.trim() === '' || !Number.isInteger(seed) || seed !== (seed | 0)) {
    throw new Error(`LEVATTN_TEST_SEED must be 'random' or a whole number of 32 bits, not '${asked}'`);
  }
  return seed;
}

/** Files that start the program, or other processes. */
const OF_PROCESSES = [
  'test/{cli,cluster,interop,output,outputs,report,transcript}/**/*.test.ts',
  'test/**/*.slow.test.ts',
];

const asked = process.env.LEVATTN_TEST_SEED;
const seed = seedFrom(asked);
if (asked !== undefined)
  console.log(`Property tests draw from seed ${seed}; LEVATTN_TEST_SEED=${seed} draws the same again`);

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    setupFiles: ['test/seed.ts', 'test/wide.ts'],
    env: { LEVATTN_TEST_SEED: String(seed) },
    tags: [{ name: 'slow', description: 'what is refused or damaged, or takes long: `npm run test:all` runs it' }],
    // A limit for what hangs, not for what is slow: machines may be busy.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Two cores are the smallest machine the suite is meant for; tests that measure memory or signals start their own processes.
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        // Files of a worker share the modules they import: loading all of them anew for each file took a fifth of the whole.
        extends: true,
        test: { name: 'functions', include: ['test/**/*.test.ts'], exclude: OF_PROCESSES, isolate: false },
      },
      {
        // A worker of its own for each file is small: a process takes long to start from a large one.
        extends: true,
        test: { name: 'processes', include: OF_PROCESSES, isolate: true },
      },
    ],
  },
});
