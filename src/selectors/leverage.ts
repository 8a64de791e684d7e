/** Keys by leverage, as they are or about their mean, and by Lewis weights: what a sketch of K scores. */

import { parseFunction, SQUARE } from '../functions.js';
import type { Kernels } from '../kernels/kernels.js';
import { prepareScores } from '../sketch/scores.js';
import type { KeyBlock, KeySource } from './key-source.js';
import { momentsOf } from './moments.js';
import { inverseWithRidge } from './ridge.js';
import type { ScoredKeys } from './scores.js';
import type { ScoreSelector, SelectorContext } from './selector.js';

/** The largest leverage scores: k^T (K^T K)^+ k. */
export const leverage: ScoreSelector = {
  kind: 'scores',
  name: 'leverage',
  about: 'k^T (K^T K)^+ k',
  scores: async (keys, context) => (context.leverage ? known(context.leverage) : scoresOf(keys, context, 2)),
};

/** The largest Lewis weights for |x|^p. */
export const lewis: ScoreSelector = {
  kind: 'scores',
  name: 'lewis',
  about: 'Lewis weights for |x|^p',
  options: [
    { name: 'p', about: 'the power, 1', standard: 1, allows: (p) => p > 0 && p <= 32, range: 'above 0, up to 32' },
  ],
  scores: (keys, context, { p }) => scoresOf(keys, context, p),
};

/** The largest leverage scores about the mean, all that softmax can see of leverage, as a shift of all keys changes nothing for it. */
export const centredLeverage: ScoreSelector = {
  kind: 'scores',
  name: 'centred-leverage',
  about: 'x^T (C + lambda I)^+ x, x = k - mean, C = sum x x^T, lambda = ridge tr(C) / d',
  options: [
    {
      name: 'ridge',
      about: 'lambda, of the average eigenvalue of C, 0',
      standard: 0,
      allows: (r) => r >= 0,
      range: '0 or more',
    },
  ],
  async scores(keys, context, { ridge }) {
    const { d } = keys;
    const { mean, scatter } = await momentsOf(keys.read(), d, context.kernels);
    const centred = { d, read: () => aboutMean(keys, mean) };
    if (ridge === 0) return scoresOf(centred, context, 2);
    const trace = Array.from({ length: d }, (_, i) => scatter![i * d + i]).reduce((sum, one) => sum + one, 0);
    return ridgeScores(centred, inverseWithRidge(scatter!, d, (ridge * trace) / d), context.kernels);
  },
};

/** Leverage scores and Lewis weights, by a sketch. */
async function scoresOf(keys: KeySource, { kernels }: SelectorContext, p: number): Promise<AsyncIterable<ScoredKeys>> {
  const f = p === 2 ? SQUARE : parseFunction(`power:${p}`);
  return (await prepareScores(() => keys.read(), { f, kernels })).batches;
}

const known = (score: Float64Array): ScoredKeys[] => [{ start: 0, rows: score.length, score }];

async function* aboutMean(keys: KeySource, mean: Float64Array): AsyncGenerator<KeyBlock> {
  const { d } = keys;
  for await (const block of keys.read()) {
    const values = new Float64Array(block.rows * d);
    for (let i = 0, at = 0; i < block.rows; i++) {
      for (let c = 0; c < d; c++, at++) values[at] = block.values[at] - mean[c];
    }
    yield { ...block, values };
  }
}

/** x^T (R^T R)^-1 x as ||x R^-1||^2, which no rounding makes negative. */
async function* ridgeScores(
  keys: KeySource,
  inverse: Float64Array | undefined,
  kernels: Kernels,
): AsyncGenerator<ScoredKeys> {
  const { d } = keys;
  for await (const { start, rows, values } of keys.read()) {
    const score = new Float64Array(rows);
    if (inverse) kernels.rowScores(values, rows, d, inverse, d, true, score);
    yield { start, rows, score };
  }
}
