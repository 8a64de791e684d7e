/**
 * A column that is a copy of another adds nothing: leverage scores depend on the column space alone. The built-in backends
 * see copies in the Gram matrix to the last bit, OpenBLAS leaves them to the rank decision; d is large enough for its
 * Gram entries to differ.
 */

import { describe, expect, test } from 'vitest';
import { selectKeys } from '../../src/sketch/select-keys.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const [N, D] = [700, 70];
const COPIES = [
  { column: 47, of: 2 },
  { column: 66, of: 63 },
];

const gaussian = gaussianFrom(randomFrom(5));
const distinct = Float32Array.from({ length: N * D }, gaussian);
/** The columns of `distinct`, and the copies behind them, each moved to its place. */
const order = Array.from({ length: D }, (_, j) => j);
for (const { column, of } of COPIES) order.splice(column, 0, of);
const width = order.length;
const copied = Float32Array.from(
  { length: N * width },
  (_, at) => distinct[Math.floor(at / width) * D + order[at % width]],
);

describe.each(backendNames)('backend %s', (backend) => {
  const scores = async (values: Float32Array, d: number, factor: 'auto' | 'gram' | 'stable') => {
    const blocks = [{ start: 0, rows: N, d, values }];
    return selectKeys(blocks, { eps: 0.1, factor, kernels: makeKernels(backend) });
  };

  test.each(['auto', 'gram', 'stable'] as const)('--factor %s', async (factor) => {
    const expected = await scores(distinct, D, 'stable');
    const set = await scores(copied, width, factor);
    expect(set.rank).toBe(D);
    expect(set.unresolved).toBe(0);
    expect(expected.index.length).toBeGreaterThan(50);
    expect([...set.index]).toEqual([...expected.index]);
    for (const [i, score] of expected.score.entries()) {
      expect(Math.abs(set.score[i] - score) / score).toBeLessThan(1e-10);
    }
  });
});
