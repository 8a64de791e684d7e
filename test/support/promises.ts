/** What a universal set promises, held against one query. */

import { parseFunction } from '../../src/functions.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { expectAtMost } from './comparisons.js';
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

/** What a set says of every row: the most it can get, and whether it is a key outside U. */
interface Promised {
  readonly most: Float64Array;
  readonly outside: readonly number[];
}

const known = new WeakMap<UniversalSet, Promised>();

function promisedBy(set: UniversalSet, n: number): Promised {
  const held = known.get(set);
  if (held) return held;
  const most = new Float64Array(n).fill(set.eps);
  for (const [i, row] of set.index.entries()) most[row] = set.score[i];
  const inside = new Set(set.index);
  const promised = { most, outside: Array.from({ length: n }, (_, j) => j).filter((j) => !inside.has(j)) };
  known.set(set, promised);
  return promised;
}

/** Holds every promise of a universal set against one query. */
export function holdTo(set: UniversalSet, matrix: ModerateMatrix, q: Float64Array, f: string): void {
  const own = parseFunction(f);
  const products = productsWith(matrix, q);
  const largest = products.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (!(largest > 0)) return;
  const unit = products.map((x) => x / largest);
  const { most, outside } = promisedBy(set, matrix.n);
  const slack = 1 + 1e-7;
  for (const length of lengthsFor(own)) {
    const scores = attentionOf(
      unit.map((x) => x * length),
      own,
    );
    for (let j = 0; j < scores.length; j++) expectAtMost(scores[j], most[j] * slack, 'score');
  }
  const power = parseFunction(`power:${set.growth.b}`);
  const square = parseFunction('power:2');
  const powers = attentionOf(unit, power);
  const squares = attentionOf(unit, square);
  for (const j of outside) {
    expectAtMost(powers[j], set.floor * slack, 'floor');
    expectAtMost(squares[j], set.dropped * slack, 'T');
  }
  const sum = unit.reduce((total, x) => total + power.evaluate(x), 0);
  const unitQuery = q.map((value) => value / largest);
  expectAtMost(leastSum(set, matrix, unitQuery), sum * slack, 'the sum from below');
}

/** Some rows of a matrix, the first and last among them. */
export const someRows = (n: number, count: number, random: () => number): number[] => [
  0,
  n - 1,
  ...Array.from({ length: count }, () => Math.floor(n * random())),
];
