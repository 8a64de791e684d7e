/** What keys can be chosen by before any query is seen: leverage scores, Lewis weights, lengths. */

import { parseFunction, type ScoringFunction, SQUARE } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import { prepareScores } from '../../sketch/scores.js';
import { selectKeys } from '../../sketch/select-keys.js';
import type { DenseKeys } from '../dense/packed-keys.js';

/** Scores of keys, one a key. */
export interface KeyScores {
  readonly leverage: Float64Array;
  /** Works out Lewis weights for |x|^p, which takes several rounds. */
  readonly lewis: (p: number) => Promise<Float64Array>;
  /** Squared lengths. */
  readonly norm: Float64Array;
  readonly rank: number;
  /** |U|: keys with a leverage score of at least eps. */
  readonly universal: number;
}

/** Scores of keys in memory. */
export async function keyScores({ d, index, values }: DenseKeys, eps: number, kernels: Kernels): Promise<KeyScores> {
  const rows = index.length;
  const read = () => [{ start: 0, rows, d, values }];
  const set = await selectKeys(read(), { eps, kernels });
  const scoresFor = async (f: ScoringFunction): Promise<Float64Array> => {
    const { batches } = await prepareScores(read, { f, set, kernels });
    const scores = new Float64Array(rows);
    for await (const { start, score } of batches) scores.set(score, start);
    return scores;
  };
  const norm = new Float64Array(rows);
  kernels.rowNorms(values, rows, d, new Float64Array(d).fill(1), norm);
  return {
    leverage: await scoresFor(SQUARE),
    lewis: (p) => scoresFor(parseFunction(`power:${p}`)),
    norm,
    rank: set.rank,
    universal: set.index.length,
  };
}
