import { describe, expect, test } from 'vitest';
import { type EntryBatch, HeavySearch } from '../../src/entries/past-set/heavy.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import type { FactorChoice } from '../../src/sketch/factor/routed.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { listCases, loadCase, type Matrix } from '../support/fixtures.js';
import { backendNames, makeKernels } from '../support/kernels.js';

function select(kernels: Kernels, K: Matrix, eps: number, factor: FactorChoice): UniversalSet {
  const sketch = new LeverageSketch({ d: K.d, eps, kernels, factor, blockRows: 64 });
  sketch.add({ start: 0, rows: K.rows, d: K.d, values: K.values });
  return sketch.finish();
}

const search = (kernels: Kernels, set: UniversalSet, Q: Matrix): EntryBatch =>
  new HeavySearch(set, { kernels }).search({ start: 0, rows: Q.rows, d: Q.d, values: Q.values });

describe.each(backendNames)('backend %s', (backend) => {
  const kernels = makeKernels(backend);
  describe.each(listCases())('fixture %s', (name) => {
    const { K, Q, expected } = loadCase(name);
    test.each(expected.results)(
      'the heavy entries at eps $eps are exactly those of brute force',
      ({ eps, entries }) => {
        for (const factor of ['auto', 'stable'] as const) {
          const found = search(kernels, select(kernels, K, eps, factor), Q);
          const pairs = Array.from(found.query, (query, i) => [query, found.key[i]]);
          expect(pairs).toEqual(entries.map(([query, key]) => [query, key]));
          for (const [i, [, , score]] of entries.entries()) {
            expect(Math.abs(found.score[i] - score) / score).toBeLessThanOrEqual(expected.tolerance);
          }
        }
      },
    );
  });
});
