/** Attention scores by plain loops in float64, and the comparison of entries with them. */

import { expect } from 'vitest';
import type { EntryBatch } from '../../../src/entries/entry-batch.js';
import type { ScoringFunction } from '../../../src/functions.js';
import type { RowBlock, Values } from '../../../src/rows/row-block.js';

/** A matrix, row-major. */
export interface Rows {
  readonly rows: number;
  readonly d: number;
  readonly values: Values;
}

/** What is asked of brute force. */
export interface Question {
  readonly K: Rows;
  readonly Q: Rows;
  readonly f: ScoringFunction;
  readonly eps: number;
  readonly scale?: number;
  /** Whether query i sees key j; default: it does. */
  readonly sees?: (i: number, j: number) => boolean;
}

/** A(i, j) of every key for query i; all 0 where the denominator is. */
export function scoresOf(
  { K, Q, f, scale = f.defaultScale(K.d), sees = () => true }: Question,
  i: number,
): Float64Array {
  const x = new Float64Array(K.rows);
  for (let j = 0; j < K.rows; j++) {
    let sum = 0;
    for (let k = 0; k < K.d; k++) sum += Q.values[i * K.d + k] * K.values[j * K.d + k];
    x[j] = scale * sum;
  }
  const seen = (j: number): boolean => sees(i, j);
  let most = f.exponential ? -Infinity : 0;
  for (let j = 0; j < K.rows; j++) if (seen(j)) most = Math.max(most, f.exponential ? x[j] : Math.abs(x[j]));
  const relative = f.exponential || f.name.startsWith('power') || f.name.startsWith('relu');
  const termOf = (value: number): number => {
    if (f.exponential) return Math.exp(value - most);
    // Homogeneous: the largest |x| is 1.
    return relative ? (most === 0 ? 0 : f.evaluate(value / most)) : f.evaluate(value);
  };
  const terms = x.map((value, j) => (seen(j) ? termOf(value) : 0));
  const denominator = terms.reduce((sum, term) => sum + term, 0);
  return denominator === 0 ? terms.fill(0) : terms.map((term) => term / denominator);
}

/** A matrix as blocks of so many rows. */
export function* blocksOf({ rows, d, values }: Rows, most = 100): Generator<RowBlock, void, undefined> {
  for (let start = 0; start < rows; start += most) {
    const count = Math.min(most, rows - start);
    yield { start, rows: count, d, values: values.slice(start * d, (start + count) * d) };
  }
}

/** All entries of batches. */
export async function collect(batches: AsyncIterable<EntryBatch>): Promise<[number, number, number][]> {
  const entries: [number, number, number][] = [];
  for await (const { count, query, key, score } of batches) {
    for (let i = 0; i < count; i++) entries.push([query[i], key[i], score[i]]);
  }
  return entries;
}

/** Entries are those of brute force, sorted; those within the tolerance of eps may be there or not. */
export function expectEntries(
  found: readonly (readonly [number, number, number])[],
  question: Question,
  tolerance: number,
): void {
  const { eps, Q, K } = question;
  const wrong: string[] = [];
  let at = 0;
  for (let i = 0; i < Q.rows; i++) {
    const scores = scoresOf(question, i);
    for (let j = 0; j < K.rows; j++) {
      const here = at < found.length && found[at][0] === i && found[at][1] === j;
      const off = here ? Math.abs(found[at][2] - scores[j]) / scores[j] : 0;
      if (here ? scores[j] < eps * (1 - tolerance) : scores[j] >= eps * (1 + tolerance)) {
        wrong.push(`query ${i}, key ${j}, score ${scores[j]}: ${here ? 'too much' : 'missing'}`);
      }
      if (!(off <= tolerance)) wrong.push(`query ${i}, key ${j}, score ${scores[j]}: off by ${off}`);
      if (here) at++;
    }
  }
  expect(wrong).toEqual([]);
  expect(at).toBe(found.length);
}
