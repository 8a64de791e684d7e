/** Bounds of scores for f other than x^2: they hold, whatever K is, and nothing heavy is missed. */

import { describe, test } from 'vitest';
import { type EntryBatch, HeavySearch, type HeavySearchOptions } from '../../src/entries/past-set/heavy.js';
import { parseFunction } from '../../src/functions.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { type BruteScores, bruteForce, queriesFor } from '../support/brute-force.js';
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

/** Each query's scores by brute force. */
const scoresOf = (matrix: RandomMatrix, queries: Float64Array, name: string): BruteScores[] =>
  Array.from({ length: queries.length / matrix.d }, (_, query) =>
    bruteForce(matrix, queries.subarray(query * matrix.d, (query + 1) * matrix.d), parseFunction(name)),
  );

/** Fails where a score that brute force gives lies outside its bounds, or one >= eps is missing. */
function expectBounds(found: EntryBatch, { n }: RandomMatrix, exact: readonly BruteScores[], eps: number): void {
  const places = new Map(Array.from(found.query, (query, i) => [query * n + found.key[i], i]));
  const { lower, upper } = found.bounds!;
  for (const [query, { scores, error }] of exact.entries()) {
    for (const [key, score] of scores.entries()) {
      // 0 / 0: no entries.
      if (Number.isNaN(score)) continue;
      const at = places.get(query * n + key);
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

/** Matrices and their queries, the same for every function. */
const INPUTS = new Map(
  matrixKinds.map((kind) => [
    kind,
    (
      [
        [1, 200, 4],
        [2, 60, 9],
        [3, 5, 7],
      ] as const
    ).map(([seed, n, d]) => {
      const matrix = makeMatrix(kind, n, d, seed);
      return { seed, matrix, queries: queriesFor(matrix, seed) };
    }),
  ]),
);

describe.each(FUNCTIONS)('f = %s', (name) => {
  test.each(matrixKinds)('%s: every score lies within its bounds, and none that is heavy is missed', (kind) => {
    // Kernels keep what they allocate.
    const kernels = makeKernels(backendNames.at(-1)!);
    const f = parseFunction(name);
    for (const { seed, matrix, queries } of INPUTS.get(kind)!) {
      const exact = scoresOf(matrix, queries, name);
      for (const eps of [0.3, 0.02]) {
        for (const items of [undefined, 10]) {
          for (const factor of ['auto', 'stable'] as const) {
            const set = makeGeneralSet(matrix, kernels, { f, eps, items, seed, factor, extra: 0.05 });
            expectBounds(search(kernels, set, matrix.d, queries), matrix, exact, eps);
          }
        }
      }
    }
  });
});
