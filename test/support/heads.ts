/** Arrays of heads, and what NumPy found in them head by head (fixtures/heads). */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of a file of the fixtures. */
export const headFile = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/heads/${name}`, import.meta.url));

interface Answers {
  readonly eps: number;
  readonly shape: Readonly<Record<'batch' | 'heads' | 'queryHeads' | 'n' | 'queries' | 'd' | 'width', number>>;
  /** K, (batch, heads, n, d). */
  readonly values: readonly number[];
  /** Rows batch, head, index, score. */
  readonly sets: readonly (readonly number[])[];
  readonly maskedSets: readonly (readonly number[])[];
  /** Leverage scores, by matrix. */
  readonly scores: readonly (readonly number[])[];
  /** Rows batch, head, query, key, score. */
  readonly entries: readonly (readonly number[])[];
  readonly maskedEntries: readonly (readonly number[])[];
  readonly softmax: readonly (readonly number[])[];
  readonly maskedSoftmax: readonly (readonly number[])[];
  /** Attention over U, by query head. */
  readonly outputs: readonly (readonly number[])[];
}

export const ANSWERS = JSON.parse(readFileSync(headFile('expected.json'), 'utf8')) as Answers;

const { heads, n, d } = ANSWERS.shape;

/** Key head `head` of an example, row by row. */
export const keysAt = (batch: number, head: number): number[] => {
  const from = (batch * heads + head) * n * d;
  return ANSWERS.values.slice(from, from + n * d);
};

/** The files that hold K, with what must be said of them, and how many examples they have. */
export const KEY_FILES = [
  { file: 'K-bhnd.npy', options: {}, batch: 2 },
  { file: 'K-bnhd.npy', options: { layout: 'bnhd' }, batch: 2 },
  { file: 'K-batch-columns.npy', options: { heads: 2 }, batch: 2 },
  { file: 'K.npz', options: {}, batch: 2 },
  { file: 'K.safetensors', options: {}, batch: 2 },
  { file: 'K-hnd.npy', options: {}, batch: 1 },
  { file: 'K-nhd.npy', options: { layout: 'nhd' }, batch: 1 },
  { file: 'K-columns.npy', options: { heads: 2 }, batch: 1 },
] as const;
