/** Bounds of scores for f other than x^2: they hold, whatever K is, and nothing heavy is missed. */

import { describe, test } from 'vitest';
import { type EntryBatch, HeavySearch, type HeavySearchOptions } from '../../src/attention/heavy.js';
import { parseFunction } from '../../src/functions.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { bruteForce, queriesFor } from '../support/brute-force.js';
import { makeGeneralSet } from '../support/general-sets.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { makeMatrix, matrixKinds, type RandomMatrix } from '../support/random-matrices.js';

const FUNCTIONS = ['0.05', '0.5', '1', '1.5', '2.5', '3', '4', '8', '20']
  .map((p) => `power:${p}`)
  .concat('huber:1', 'huber:0.01', 'pseudo-huber:2', 'l1-l2', 'fair:1', 'logcosh');

const search = (
  kernels: Kernels,
  set: UniversalSet,
  d: number,
  values: Float64Array,
  options?: Partial<HeavySearchOptions>,
): EntryBatch =>
  new HeavySearch(set, { kernels, ...options }).search({
    start: 0,
    rows: values.length / d,
    d,
    values: values.slice(),
  });

/** Fails where a score that brute force gives lies outside its bounds, or one >= eps is missing. */
function expectBounds(found: EntryBatch, matrix: RandomMatrix, queries: Float64Array, name: string, eps: number): void {
  const { d } = matrix;
  const f = parseFunction(name);
  const places = new Map(Array.from(found.query, (query, i) => [query * matrix.n + found.key[i], i]));
  const { lower, upper } = found.bounds!;
  for (let query = 0; query < queries.length / d; query++) {
    const { scores, error } = bruteForce(matrix, queries.subarray(query * d, (query + 1) * d), f);
    for (const [key, score] of scores.entries()) {
      // 0 / 0: no entries.
      if (Number.isNaN(score)) continue;
      const at = places.get(query * matrix.n + key);
      const slack = error * score;
      if (at === undefined) {
        if (!(score < eps + slack)) throw new Error(`query ${query}, key ${key}: missing, with score ${score}`);
        continue;
      }
      if (!(score >= lower[at] - slack && score <= upper[at] + slack)) {
        throw new Error(`query ${query}, key ${key}: ${score} outside ${lower[at]} … ${upper[at]}`);
      }
      if (!(found.score[at] >= lower[at] && found.score[at] <= upper[at])) throw new Error('estimate outside bounds');
    }
  }
}

describe.each(FUNCTIONS)('f = %s', (name) => {
  test.each(matrixKinds)('%s: every score lies within its bounds, and none that is heavy is missed', (kind) => {
    // Kernels keep what they allocate.
    const kernels = makeKernels(backendNames.at(-1)!);
    for (const [seed, n, d] of [
      [1, 200, 4],
      [2, 60, 9],
      [3, 5, 7],
    ] as const) {
      const matrix = makeMatrix(kind, n, d, seed);
      const queries = queriesFor(matrix, seed);
      for (const eps of [0.3, 0.02]) {
        for (const items of [undefined, 10]) {
          for (const factor of ['auto', 'stable'] as const) {
            const f = parseFunction(name);
            const set = makeGeneralSet(matrix, kernels, { f, eps, items, seed, factor, extra: 0.05 });
            expectBounds(search(kernels, set, d, queries), matrix, queries, name, eps);
          }
        }
      }
    }
  });
});
