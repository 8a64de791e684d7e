/** Keys that point another way than the others (arXiv:2504.15364), over all keys at once. */

import type { Kernels } from '../kernels/kernels.js';
import type { KeySource } from './key-source.js';
import type { ScoredKeys } from './scores.js';
import type { ScoreSelector } from './selector.js';

/** The keys least like the mean direction; keys of zeros add nothing to it, and have cosine 0. */
export const keydiff: ScoreSelector = {
  kind: 'scores',
  name: 'keydiff',
  about: '-cos(k, a), a the mean of k / ||k||',
  scores: async (keys, { kernels }) => cosines(keys, await meanDirection(keys, kernels), kernels),
};

async function meanDirection(keys: KeySource, kernels: Kernels): Promise<Float64Array> {
  const { d } = keys;
  const anchor = new Float64Array(d);
  let count = 0;
  for await (const { rows, values } of keys.read()) {
    const size = lengths(values, rows, d, kernels);
    for (let i = 0, at = 0; i < rows; i++, at += d) {
      if (size[i] === 0) continue;
      for (let c = 0; c < d; c++) anchor[c] += values[at + c] / size[i];
    }
    count += rows;
  }
  return anchor.map((one) => one / Math.max(1, count));
}

async function* cosines(keys: KeySource, anchor: Float64Array, kernels: Kernels): AsyncGenerator<ScoredKeys> {
  const { d } = keys;
  const length = Math.sqrt(anchor.reduce((sum, one) => sum + one * one, 0));
  for await (const { start, rows, values } of keys.read()) {
    const size = lengths(values, rows, d, kernels);
    const score = new Float64Array(rows);
    for (let i = 0, at = 0; i < rows; i++) {
      let dot = 0;
      for (let c = 0; c < d; c++, at++) dot += values[at] * anchor[c];
      const both = size[i] * length;
      score[i] = both > 0 ? -dot / both : 0;
    }
    yield { start, rows, score };
  }
}

function lengths(values: Float32Array | Float64Array, rows: number, d: number, kernels: Kernels): Float64Array {
  const squares = new Float64Array(rows);
  kernels.rowNorms(values, rows, d, new Float64Array(d).fill(1), squares);
  return squares.map(Math.sqrt);
}
