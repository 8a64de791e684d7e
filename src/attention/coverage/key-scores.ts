/** What is told of keys before any query is seen: leverage scores, rank and |U|. */

import type { Kernels } from '../../kernels/kernels.js';
import { prepareScores } from '../../sketch/scores.js';
import { selectKeys } from '../../sketch/select-keys.js';
import type { DenseKeys } from '../dense/packed-keys.js';

/** Leverage scores of keys, one a key. */
export interface KeyScores {
  readonly leverage: Float64Array;
  readonly rank: number;
  /** |U|: keys with a leverage score of at least eps. */
  readonly universal: number;
}

/** The scores of keys in memory. */
export async function keyScores({ d, index, values }: DenseKeys, eps: number, kernels: Kernels): Promise<KeyScores> {
  const rows = index.length;
  const read = () => [{ start: 0, rows, d, values }];
  const set = await selectKeys(read(), { eps, kernels });
  const { batches } = await prepareScores(read, { set, kernels });
  const leverage = new Float64Array(rows);
  for await (const { start, score } of batches) leverage.set(score, start);
  return { leverage, rank: set.rank, universal: set.index.length };
}
