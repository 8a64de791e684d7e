/** Certificates of functions other than x^2, against attention by its definition under queries that mean them ill. */

import { describe, test } from 'vitest';
import { parseFunction, registerFunction } from '../../src/functions.js';
import type { CertificateChoice } from '../../src/sketch/bounds/certificate-choice.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { holdTo, someRows } from '../support/promises.js';
import { makeMatrix, matrixKinds, type RandomMatrix, randomFrom } from '../support/random-matrices.js';
import { queriesFor, randomQueries, withModerateColumns } from '../support/sensitivities.js';

const kernels = makeKernels(backendNames.at(-1)!);

interface Way {
  readonly f: string;
  readonly eps: number;
  readonly blockRows?: number;
  readonly certificate?: CertificateChoice;
}

function select({ n, d, values }: RandomMatrix, { f, eps, blockRows = 32, certificate }: Way): UniversalSet {
  const sketch = new LeverageSketch({ d, eps, kernels, f: parseFunction(f), blockRows, certificate });
  sketch.add({ start: 0, rows: n, d, values });
  return sketch.finish();
}

// Functions that grow by different powers, and not by 2.
for (const [name, a, b] of [
  ['square-and-fourth', 2, 4],
  ['root-and-more', 0.5, 1.5],
  ['line-and-cube', 1, 3],
] as const) {
  registerFunction({
    name,
    parameter: undefined,
    formula: `|x|^${a} + |x|^${b}`,
    source: 'this test',
    growth: () => ({ a, b }),
    evaluate: (x) => Math.abs(x) ** a + Math.abs(x) ** b,
  });
}

/** One of each way in which a function can grow; the others take long, all together. */
const FUNCTIONS = ['line-and-cube', 'power:1', 'power:4', 'huber:1'];
const OTHERS = [
  'square-and-fourth',
  'root-and-more',
  'power:0.5',
  'power:1.5',
  'power:3',
  'power:8',
  'pseudo-huber:0.5',
  'l1-l2',
  'fair:1',
  'logcosh',
];

/** Holds U for a function to its promises, on matrices of every kind. */
function holdsTo(f: string): void {
  test.each(matrixKinds)('no query gives a key more than its bound, or one outside U eps: %s', (kind) => {
    for (const [seed, n, d, eps, blockRows] of [
      [1, 300, 4, 0.1, 32],
      [2, 90, 7, 0.3, 8],
      [3, 5, 6, 0.5, 32],
      [4, 200, 1, 0.02, 16],
      [5, 260, 3, 0.9, 64],
    ] as const) {
      const matrix = makeMatrix(kind, n, d, seed);
      const set = select(matrix, { f, eps, blockRows });
      const moderate = withModerateColumns(matrix);
      const random = randomFrom(seed);
      for (const q of randomQueries(d, 5, seed)) holdTo(set, moderate, q, f);
      for (const row of someRows(n, 6, random)) {
        for (const q of queriesFor(moderate, row, set.growth.b)) holdTo(set, moderate, q, f);
      }
    }
  });
}

describe.each(FUNCTIONS)('%s', holdsTo);
describe.each(OTHERS)('%s', { tags: ['slow'] }, holdsTo);

const ALONE: readonly [CertificateChoice, readonly string[]][] = [
  ['lewis', ['power:1', 'power:1.5', 'power:3', 'power:4']],
  ['gram', ['power:1', 'power:1.5', 'power:3', 'power:4']],
  ['tensor', ['power:4']],
];

describe.each(ALONE)('--certificate %s', { tags: ['slow'] }, (certificate, functions) => {
  test.each(functions)('%s holds, too', (f) => {
    for (const kind of matrixKinds) {
      const matrix = makeMatrix(kind, 250, 4, 9);
      const set = select(matrix, { f, eps: 0.1, certificate });
      const moderate = withModerateColumns(matrix);
      for (const row of someRows(matrix.n, 4, randomFrom(3))) {
        for (const q of queriesFor(moderate, row, set.growth.b)) holdTo(set, moderate, q, f);
      }
    }
  });
});
