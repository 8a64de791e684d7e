/** What a universal set promises, held against one query. */

import { expect } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { attentionOf, lengthsFor, type ModerateMatrix, productsWith } from './sensitivities.js';

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
export function holdTo(set: UniversalSet, matrix: ModerateMatrix, q: Float64Array, f: string): void {
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
export const someRows = (n: number, count: number, random: () => number): number[] => [
  0,
  n - 1,
  ...Array.from({ length: count }, () => Math.floor(n * random())),
];
