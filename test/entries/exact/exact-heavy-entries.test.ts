/** Exact heavy entries against brute force: every function, every kind of matrix, every backend. */

import { describe, expect, test } from 'vitest';
import { type ExactOptions, exactHeavyEntries } from '../../../src/entries/exact/exact-heavy-entries.js';
import { isBuiltIn, knownFunctions, parseFunction } from '../../../src/functions.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { backendNames, makeKernels } from '../../support/kernels.js';
import { gaussianFrom, makeMatrix, matrixKinds, randomFrom } from '../../support/random-matrices.js';
import { blocksOf, collect, expectEntries, type Rows } from './brute-force.js';

const FUNCTIONS = [
  ...knownFunctions()
    .map(({ name, parameter }) => (parameter && parameter.standard === undefined ? `${name}:2` : name))
    .filter((name) => isBuiltIn(parseFunction(name))),
  'power:0.5',
  'power:4',
  'power:300',
  'relu:2.5',
];

const toleranceOf = (name: string): number => (parseFunction(name).exponential ? 1e-5 : 1e-9);

const single = ({ rows, d, values }: Rows): Rows => ({ rows, d, values: Float32Array.from(values) });

function matrix(kind: string, n: number, d: number, seed: number): Rows {
  return { rows: n, d, values: makeMatrix(kind, n, d, seed).values };
}

const run = (kernels: Kernels, K: Rows, Q: Rows, options: Omit<ExactOptions, 'keys' | 'queries'>) =>
  collect(exactHeavyEntries({ ...options, kernels, keys: () => blocksOf(K), queries: blocksOf(Q, 37) }));

describe.each(backendNames)('backend %s', (backend) => {
  const kernels = makeKernels(backend);

  describe.each(FUNCTIONS)('%s', (name) => {
    const f = parseFunction(name);
    test.each(matrixKinds)('%s', async (kind) => {
      for (const [n, d, eps] of [
        [300, 7, 0.1],
        [1, 3, 1],
        [77, 16, 0.02],
      ]) {
        const K = matrix(kind, n, d, n + d);
        const Q = matrix(kind.includes('columns') || kind.includes('1e150') ? 'gaussian' : kind, 21, d, 9);
        const found = await run(kernels, K, Q, { eps, f });
        expectEntries(found, { K, Q, f, eps }, toleranceOf(name));
      }
    });
  });

  test.each([1, 10, 100, 1e4])('softmax of float32 keys, logits up to about %d', async (size) => {
    const f = parseFunction('softmax');
    const [n, d, m] = [5000, 24, 30];
    const gaussian = gaussianFrom(randomFrom(size));
    const K = single({ rows: n, d, values: Float64Array.from({ length: n * d }, gaussian) });
    const Q = single({ rows: m, d, values: Float64Array.from({ length: m * d }, () => (size / 3) * gaussian()) });
    for (const eps of [0.001, 0.1]) {
      const found = await run(kernels, K, Q, { eps, f });
      if (size > 1) expect(found.length).toBeGreaterThan(10);
      expectEntries(found, { K, Q, f, eps }, 1e-5);
    }
  });
});
