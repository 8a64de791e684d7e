/** Means and covariances, as sums about the first row, so that rows far from the origin lose no digits to it. */

import type { Kernels } from '../kernels/kernels.js';
import type { KeyBlocks } from './key-source.js';

/** Mean and second moments of rows. */
export interface Moments {
  readonly count: number;
  /** d. */
  readonly mean: Float64Array;
  /** sum (x - mean)(x - mean)^T, d x d, whole; undefined where it was not asked for. */
  readonly scatter: Float64Array | undefined;
}

/** The mean of rows, and where `wanted` their scatter: one pass. */
export async function momentsOf(rows: KeyBlocks, d: number, kernels: Kernels, wanted = true): Promise<Moments> {
  const shift = new Float64Array(d);
  const sum = new Float64Array(d);
  const gram = wanted ? new Float64Array(d * d) : undefined;
  let count = 0;
  let shifted = new Float64Array(0);
  for await (const { rows: size, values } of rows) {
    if (count === 0) shift.set(values.subarray(0, d));
    for (let i = 0, at = 0; i < size; i++) for (let c = 0; c < d; c++, at++) sum[c] += values[at] - shift[c];
    count += size;
    if (!gram) continue;
    if (shifted.length < size * d) shifted = new Float64Array(size * d);
    for (let i = 0, at = 0; i < size; i++) for (let c = 0; c < d; c++, at++) shifted[at] = values[at] - shift[c];
    kernels.addGram(shifted, size, d, gram);
  }
  const off = sum.map((one) => (count === 0 ? 0 : one / count));
  return {
    count,
    mean: shift.map((one, c) => one + off[c]),
    scatter: gram && wholeScatter(gram, off, count, d),
  };
}

function wholeScatter(gram: Float64Array, off: Float64Array, count: number, d: number): Float64Array {
  const scatter = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      scatter[i * d + j] = gram[i * d + j] - count * off[i] * off[j];
      scatter[j * d + i] = scatter[i * d + j];
    }
  }
  return scatter;
}
