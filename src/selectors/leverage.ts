/** Keys by leverage, as they are or about their mean, and by Lewis weights: what a sketch of K scores. */

import { parseFunction } from '../functions.js';
import { leverageFactor, prepareScores } from '../sketch/scores.js';
import type { KeyBlock, KeySource } from './key-source.js';
import { momentsOf } from './moments.js';
import { inverseWithRidge } from './ridge.js';
import type { ScoredKeys } from './scores.js';
import type { ScoreSelector, SelectorContext } from './selector.js';
import { scorePass } from './team/passes.js';

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
    const { mean, scatter } = await momentsOf(keys.read(), d, context.kernels, ridge > 0);
    const centred = { d, read: () => aboutMean(keys, mean) };
    if (!scatter) {
      const { kernels, team } = context;
      const factor = await leverageFactor(centred.read(), { kernels, threads: team?.threads });
      // A key near the mean is little more than the rounding of both.
      return scorePass(centred, { kind: 'leverage', factor: { ...factor, inside: true } }, context);
    }
    const trace = Array.from({ length: d }, (_, i) => scatter[i * d + i]).reduce((sum, one) => sum + one, 0);
    const inverse = inverseWithRidge(scatter, d, (ridge * trace) / d, context.kernels);
    return scorePass(centred, { kind: 'whitened', inverse }, context);
  },
};

/** Leverage scores and Lewis weights, by a sketch. */
async function scoresOf(keys: KeySource, context: SelectorContext, p: number): Promise<AsyncIterable<ScoredKeys>> {
  const { kernels, team } = context;
  const options = { kernels, threads: team?.threads };
  if (p !== 2) {
    const f = parseFunction(`power:${p}`);
    return (await prepareScores(() => keys.read(), { ...options, f })).batches;
  }
  const factor = await leverageFactor(keys.read(), options);
  return scorePass(keys, { kind: 'leverage', factor }, context);
}

const known = (score: Float64Array): ScoredKeys[] => [{ start: 0, rows: score.length, score }];

/** Blocks as `keys` yields them, each valid until the next. */
async function* aboutMean(keys: KeySource, mean: Float64Array): AsyncGenerator<KeyBlock> {
  const { d } = keys;
  let values = new Float64Array(0);
  for await (const block of keys.read()) {
    if (values.length < block.rows * d) values = new Float64Array(block.rows * d);
    for (let i = 0, at = 0; i < block.rows; i++) {
      for (let c = 0; c < d; c++, at++) values[at] = block.values[at] - mean[c];
    }
    yield { ...block, values };
  }
}
