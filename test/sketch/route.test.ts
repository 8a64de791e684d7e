/** Which route `auto` takes: the fast one where the rows allow it in the end, the one that keeps digits where they do not. */

import { describe, expect, test } from 'vitest';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const D = 8;
const BLOCK = 64;
const N = 12 * BLOCK;
const kernels = makeKernels(backendNames.at(-1)!);

function select(values: Float64Array): UniversalSet {
  const sketch = new LeverageSketch({ d: D, eps: 1e-300, kernels, blockRows: BLOCK });
  sketch.add({ start: 0, rows: N, d: D, values });
  return sketch.finish();
}

/** Gaussian rows, of which those from `from` on are changed. */
function rows(from: number, change: (row: Float64Array) => void): Float64Array {
  const values = Float64Array.from({ length: N * D }, gaussianFrom(randomFrom(7)));
  for (let i = from; i < N; i++) change(values.subarray(i * D, (i + 1) * D));
  return values;
}

describe('auto', () => {
  test('stays on the Gram route where later rows are far larger and as well spread', () => {
    const values = rows(4 * BLOCK, (row) => {
      for (let j = 0; j < D; j++) row[j] *= 1e9;
    });
    const set = select(values);
    expect(set.route).toBe('gram');
    // Only their own order changes with that of the rows; backwards, the large ones come first.
    const backwards = new Float64Array(N * D);
    for (let i = 0; i < N; i++) backwards.set(values.subarray(i * D, (i + 1) * D), (N - 1 - i) * D);
    const again = select(backwards);
    expect(again.index.length).toBe(set.index.length);
    for (const [i, score] of set.score.entries()) {
      const other = again.score[again.score.length - 1 - i];
      expect(Math.abs(score - other)).toBeLessThanOrEqual(1e-9 * score + 1e-300);
    }
  });

  test('leaves it before rows that drown all but one direction', () => {
    const values = rows(4 * BLOCK, (row) => {
      for (let j = 0; j < D; j++) row[j] += 1e9;
    });
    const set = select(values);
    expect(set.route).toBe('stable');
    const sum = set.score.reduce((total, score) => total + score, 0);
    expect(Math.abs(sum - D)).toBeLessThanOrEqual(D * (4 * set.delta + 1e-9));
  });
});
