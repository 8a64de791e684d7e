/** What is told of a head, by plain loops. */

import { parseFunction } from '../../src/functions.js';
import { type Rows, scoresOf } from '../entries/exact/brute-force.js';

/** The usable rows. */
export function rowsThat({ d, values }: Rows, counts: (row: number) => boolean, rows: number): Rows {
  const index = Array.from({ length: rows }, (_, i) => i).filter(counts);
  return {
    rows: index.length,
    d,
    values: Float64Array.from(index.flatMap((i) => [...values.slice(i * d, (i + 1) * d)])),
  };
}

/** k_j^T (K^T K)^-1 k_j of every row, by Gauss-Jordan elimination. */
export function leverageOf({ rows, d, values }: Rows): number[] {
  const at = (i: number, j: number): number => values[i * d + j]!;
  const gram = Array.from({ length: d }, (_, a) =>
    Array.from({ length: 2 * d }, (_, b) => {
      if (b >= d) return b - d === a ? 1 : 0;
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += at(i, a) * at(i, b);
      return sum;
    }),
  );
  for (let a = 0; a < d; a++) {
    const pivot = gram[a]![a]!;
    gram[a] = gram[a]!.map((value) => value / pivot);
    for (let b = 0; b < d; b++) {
      if (b === a) continue;
      const factor = gram[b]![a]!;
      gram[b] = gram[b]!.map((value, i) => value - factor * gram[a]![i]!);
    }
  }
  return Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let a = 0; a < d; a++) for (let b = 0; b < d; b++) sum += at(i, a) * gram[a]![d + b]! * at(i, b);
    return sum;
  });
}

/** What every key receives of all queries. */
export function receivedBy(K: Rows, Q: Rows, f: string): number[] {
  const received = new Array<number>(K.rows).fill(0);
  const question = { K, Q, f: parseFunction(f), eps: 1 };
  for (let i = 0; i < Q.rows; i++) for (const [j, score] of scoresOf(question, i).entries()) received[j]! += score;
  return received;
}

/** Keys by falling score; of equal ones the first. */
export const fallingBy = (scores: readonly number[]): number[] =>
  [...scores.keys()].sort((i, j) => scores[j]! - scores[i]! || i - j);

/** The share of a sum that the first k of an order have. */
export function shareOf(received: readonly number[], order: readonly number[], k: number): number {
  const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);
  return sum(order.slice(0, k).map((j) => received[j]!)) / sum(received);
}

/** The smallest k whose first k keys have a share. */
export function keysFor(received: readonly number[], order: readonly number[], share: number): number {
  let k = 1;
  while (shareOf(received, order, k) < share) k++;
  return k;
}
