import { describe, expect, test } from 'vitest';
import { type EntryBatch, HeavySearch } from '../../src/attention/heavy.js';
import { plainKernels } from '../../src/kernels/plain.js';
import { type FactorChoice, LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { listCases, loadCase, type Matrix } from '../support/fixtures.js';

function select(K: Matrix, eps: number, factor: FactorChoice): UniversalSet {
  const sketch = new LeverageSketch({ d: K.d, eps, kernels: plainKernels, factor, blockRows: 64 });
  sketch.add({ start: 0, rows: K.rows, d: K.d, values: K.values });
  return sketch.finish();
}

const search = (set: UniversalSet, Q: Matrix): EntryBatch =>
  new HeavySearch(set, { kernels: plainKernels }).search({ start: 0, rows: Q.rows, d: Q.d, values: Q.values });

describe.each(listCases())('fixture %s', (name) => {
  const { K, Q, expected } = loadCase(name);
  test.each(expected.results)('the heavy entries at eps $eps are exactly those of brute force', ({ eps, entries }) => {
    for (const factor of ['auto', 'stable'] as const) {
      const found = search(select(K, eps, factor), Q);
      const pairs = Array.from(found.query, (query, i) => [query, found.key[i]]);
      expect(pairs).toEqual(entries.map(([query, key]) => [query, key]));
      for (const [i, [, , score]] of entries.entries()) {
        expect(Math.abs(found.score[i] - score) / score).toBeLessThanOrEqual(expected.tolerance);
      }
    }
  });
});
