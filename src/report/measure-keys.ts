/** What a report tells of the keys of a head: their scores, |U|, the spectrum. */

import { countMasked } from '../rows/masked-rows.js';
import { prepareScores } from '../sketch/scores.js';
import { selectKeys } from '../sketch/select-keys.js';
import { reportSketch } from '../sketch-file/sketch-report.js';
import type { KeyReport } from './key-report.js';
import type { HeadInput, Settled } from './measure-options.js';
import { binByPosition, rangeOf, scoresByRank, sizesByThreshold } from './score-curves.js';

/** Measures keys: K is read twice, and once more where rows have NaN or infinities. */
export async function measureKeys(input: HeadInput, options: Settled): Promise<KeyReport> {
  const { eps, budget } = options;
  const { set, scores, delta } = await scoresOf(input, options);
  const { n, d, rank, route, index, skipped } = set;
  const counted = n - skipped - countMasked(input.mask);
  const counts = skipped > 0 ? await finiteRows(input, n) : input.mask;
  const positions = binByPosition(scores, budget.positions, counts);
  // Rows that do not count have score 0 and so come last.
  const falling = scores.sort().reverse().subarray(0, counted);
  const { spectrum, spectrumProblem } = reportSketch(set);
  return {
    n,
    d,
    rank,
    eps,
    universal: index.length,
    delta,
    route,
    counted,
    range: rangeOf(counts, n),
    positions,
    ranks: scoresByRank(falling, budget.ranks),
    sizes: sizesByThreshold(falling, { rank, delta, eps }),
    spectrum,
    spectrumProblem,
  };
}

/** One byte a row of K: 0 for padding and for NaN or infinities. */
async function finiteRows({ keys, mask }: HeadInput, n: number): Promise<Uint8Array> {
  const counts = mask?.slice() ?? new Uint8Array(n).fill(1);
  for await (const { start, rows, d, values } of keys()) {
    for (let i = 0; i < rows; i++) {
      if (!values.subarray(i * d, (i + 1) * d).every(Number.isFinite)) counts[start + i] = 0;
    }
  }
  return counts;
}

/** U and the score of every row. */
async function scoresOf({ keys, describeKey: describeRow }: HeadInput, options: Settled) {
  const { kernels, eps, factor, threads, nonFinite, onProgress } = options;
  const set = await selectKeys(keys(), {
    eps,
    kernels,
    factor,
    threads,
    nonFinite,
    describeRow,
    onProgress: ({ rows }) => onProgress?.('factor', rows),
  });
  const { batches, delta } = await prepareScores(keys, { set, kernels, nonFinite, describeRow });
  const scores = new Float64Array(set.n);
  for await (const { start, rows, score } of batches) {
    scores.set(score, start);
    onProgress?.('scores', start + rows);
  }
  return { set, scores, delta };
}
