/** Certificates of functions other than x^2, against attention by its definition under queries that mean them ill. */

import { describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import type { CertificateChoice } from '../../src/sketch/certificate-choice.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { makeMatrix, matrixKinds, type RandomMatrix, randomFrom } from '../support/random-matrices.js';
import {
  attentionOf,
  lengthsFor,
  type ModerateMatrix,
  productsWith,
  queriesFor,
  randomQueries,
  withModerateColumns,
} from '../support/sensitivities.js';

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

/** What the sums of U say of sum_l |x_l|^b from below. */
function leastSum({ lewis, d, exponents }: UniversalSet, matrix: ModerateMatrix, query: Float64Array): number {
  if (!lewis) return 0;
  const { p, root, sum } = lewis;
  const q = query.map((value, j) => value * 2 ** (exponents[j] - matrix.exponents[j]));
  let square = 0;
  for (let i = 0; i < d; i++) {
    let image = 0;
    for (let j = 0; j < d; j++) image += root[i * d + j] * q[j];
    square += image * image;
  }
  return square ** (p / 2) / (p > 2 ? sum ** (p / 2 - 1) : 1);
}

/** Holds every promise of a universal set against one query. */
function holdTo(set: UniversalSet, matrix: ModerateMatrix, q: Float64Array, f: string): void {
  const own = parseFunction(f);
  const products = productsWith(matrix, q);
  const largest = products.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (!(largest > 0)) return;
  const unit = products.map((x) => x / largest);
  const bounds = new Map(Array.from(set.index, (row, i) => [row, set.score[i]]));
  const slack = 1 + 1e-7;
  for (const length of lengthsFor(own)) {
    for (const [j, score] of attentionOf(
      unit.map((x) => x * length),
      own,
    ).entries()) {
      expectAtMost(score, (bounds.get(j) ?? set.eps) * slack, `key ${j}`);
    }
  }
  const power = parseFunction(`power:${set.growth.b}`);
  const square = parseFunction('power:2');
  const others = unit.map((_, j) => j).filter((j) => !bounds.has(j));
  const powers = attentionOf(unit, power);
  const squares = attentionOf(unit, square);
  for (const j of others) {
    expectAtMost(powers[j], set.floor * slack, `floor, key ${j}`);
    expectAtMost(squares[j], set.dropped * slack, `T, key ${j}`);
  }
  const sum = unit.reduce((total, x) => total + power.evaluate(x), 0);
  const unitQuery = q.map((value) => value / largest);
  expectAtMost(leastSum(set, matrix, unitQuery), sum * slack, 'the sum from below');
}

/** The runner's own comparison is made only where it fails: there are millions. */
function expectAtMost(value: number, most: number, what: string): void {
  if (!(value <= most)) expect(value, what).toBeLessThanOrEqual(most);
}

/** Some rows of a matrix, the first and last among them. */
const someRows = (n: number, count: number, random: () => number): number[] => [
  0,
  n - 1,
  ...Array.from({ length: count }, () => Math.floor(n * random())),
];

const FUNCTIONS = [
  'power:0.5',
  'power:1',
  'power:1.5',
  'power:3',
  'power:4',
  'power:8',
  'huber:1',
  'pseudo-huber:0.5',
  'l1-l2',
  'fair:1',
  'logcosh',
];

describe.each(FUNCTIONS)('%s', (f) => {
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
});

const ALONE: readonly [CertificateChoice, readonly string[]][] = [
  ['lewis', ['power:1', 'power:1.5', 'power:3', 'power:4']],
  ['gram', ['power:1', 'power:1.5', 'power:3', 'power:4']],
  ['tensor', ['power:4']],
];

describe.each(ALONE)('--certificate %s', (certificate, functions) => {
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
