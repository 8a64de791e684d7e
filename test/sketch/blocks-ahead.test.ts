/** How many blocks are on their way behind the one that is taken in: 1 while most rows are candidates, and 7 after that. */

import { expect, test } from 'vitest';
import { createKernels } from '../../src/kernels/backends.js';
import { runSketch } from '../../src/sketch/run-sketch.js';
import { makeMatrix } from '../support/random-matrices.js';

const BLOCK_ROWS = 64;
const BLOCKS = 60;
const D = 6;

/** Blocks behind each block that was taken in. */
async function behindEach(eps: number): Promise<number[]> {
  const { n, d, values } = makeMatrix('gaussian', BLOCKS * BLOCK_ROWS, D, 1);
  const behind: number[] = [];
  await runSketch([{ start: 0, rows: n, d, values }], {
    ...{ eps, threads: 1, blockRows: BLOCK_ROWS, kernels: createKernels() },
    afterBlock: async (filters) => {
      behind.push(filters.length);
    },
  });
  return behind;
}

test.each([
  // The mean score d/n is above eps/2 for 600 rows, which end in the tenth block.
  { eps: 0.02, early: 9 },
  // For 120 rows, which end in the second.
  { eps: 0.1, early: 1 },
  // For 120,000 rows; but it ends after 24 blocks.
  { eps: 1e-4, early: 23 },
])('eps $eps: few for $early blocks', async ({ eps, early }) => {
  const behind = await behindEach(eps);
  expect(behind).toHaveLength(BLOCKS);
  expect(Math.max(...behind.slice(0, early))).toBe(early > 1 ? 1 : 0);
  expect(Math.max(...behind.slice(early))).toBe(7);
  expect(behind[early + 8]).toBe(7);
});
