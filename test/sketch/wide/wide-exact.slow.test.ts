/**
 * Scores that are known exactly, up to 4,096 columns. The rows of a Hadamard matrix are orthogonal and of one length, so that of two copies
 * of a row with lengths a and b the scores are a^2 / (a^2 + b^2) and b^2 / (a^2 + b^2), whatever the other rows are.
 */

import { expect, test } from 'vitest';

const { selectKeys } = await import('../../../dist/sketch/select-keys.js');

const EPS = 0.05;

/** How much shorter the second copy of row i is: 2^-0 to 2^-11. */
const shrink = (i: number): number => 2 ** -(i % 12);

/** Entry of Sylvester's Hadamard matrix: -1 where i and j share an odd number of bits. */
function entry(i: number, j: number): number {
  let bits = i & j;
  let sign = 1;
  for (; bits > 0; bits &= bits - 1) sign = -sign;
  return sign;
}

/** 2 d rows: all rows, and then their shorter copies. Columns have lengths of 2^-20 to 2^20, which scores do not depend on. */
function* blocks(d: number, size = 256) {
  for (let start = 0; start < 2 * d; start += size) {
    const values = new Float32Array(size * d);
    for (let row = 0; row < size; row++) {
      const i = (start + row) % d;
      const length = start + row < d ? 1 : shrink(i);
      for (let j = 0; j < d; j++) values[row * d + j] = entry(i, j) * length * 2 ** ((j % 41) - 20);
    }
    yield { start, rows: size, d, values };
  }
}

test.each([
  [512, 'gram'],
  [1024, 'gram'],
  [4096, 'gram'],
  [1024, 'stable'],
  [2048, 'stable'],
] as const)('d = %i by the %s route', async (d, factor) => {
  const set = await selectKeys(blocks(d), { eps: EPS, factor, threads: 2 });
  expect({ n: set.n, rank: set.rank, route: set.route }).toEqual({ n: 2 * d, rank: d, route: factor });
  const exact = (row: number): number => {
    const b = shrink(row % d) ** 2;
    return (row < d ? 1 : b) / (1 + b);
  };
  const wanted = Array.from({ length: 2 * d }, (_, row) => row).filter((row) => exact(row) >= EPS);
  expect([...set.index]).toEqual(wanted);
  let worst = 0;
  for (const [i, row] of wanted.entries()) worst = Math.max(worst, Math.abs(set.score[i] / exact(row) - 1));
  expect(worst).toBeLessThanOrEqual(set.delta);
  expect(set.delta).toBeLessThan(1e-7);
});
