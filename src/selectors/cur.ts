/** Keys by leverage of K times leverage of V (arXiv:2509.15038 by its title): neither has units. */

import { heldKeys } from './key-source.js';
import { leverage } from './leverage.js';
import { collectScores } from './scores.js';
import type { ScoreSelector } from './selector.js';

/** The largest products of both leverage scores. */
export const cur: ScoreSelector = {
  kind: 'scores',
  name: 'cur',
  about: 'leverage of the key in K times leverage of its row in V',
  needs: ['values'],
  async scores(keys, context) {
    const { width, rows } = context.values!;
    const n = rows.length / width;
    const ofValues = heldKeys({ d: width, index: Float64Array.from({ length: n }, (_, j) => j), values: rows });
    const [own, other] = [
      await collectScores(await leverage.scores(keys, context, {})),
      await collectScores(await leverage.scores(ofValues, { ...context, leverage: undefined }, {})),
    ];
    return [{ start: 0, rows: n, score: own.map((one, j) => one * other[j]) }];
  },
};
