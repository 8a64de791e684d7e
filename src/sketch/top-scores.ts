/** The rows of the largest scores, in memory for their number alone. */

import type { RowId } from '../rows/row-ids.js';
import type { ScoreBatch } from './scores.js';

/** A row and its score. */
interface Scored {
  readonly row: number;
  readonly score: number;
  readonly id: RowId | undefined;
}

/** The rows of the largest scores. */
export interface TopScores {
  /** Global 0-based indices. */
  readonly row: Float64Array;
  readonly score: Float64Array;
  /** Undefined where rows have none. */
  readonly ids: readonly RowId[] | undefined;
}

const byScore = (a: Scored, b: Scored): number => b.score - a.score || a.row - b.row;
const byRow = (a: Scored, b: Scored): number => a.row - b.row;

/**
 * The rows of the `most` largest scores, of equal ones the first.
 * @param order - `score`: from the largest on; `row`: as they stand in K
 */
export async function topScores(
  batches: AsyncIterable<ScoreBatch>,
  most: number,
  order: 'score' | 'row',
): Promise<TopScores> {
  let kept: Scored[] = [];
  let floor = Number.NEGATIVE_INFINITY;
  const prune = (): void => {
    kept = kept.sort(byScore).slice(0, most);
    if (kept.length === most) floor = kept[most - 1]!.score;
  };
  for await (const { start, rows, score, ids } of batches) {
    for (let i = 0; i < rows; i++) {
      if (score[i]! > floor) kept.push({ row: start + i, score: score[i]!, id: ids?.at(i) });
    }
    if (kept.length > 2 * most) prune();
  }
  prune();
  if (order === 'row') kept.sort(byRow);
  const named = kept.some(({ id }) => id !== undefined);
  return {
    row: Float64Array.from(kept, ({ row }) => row),
    score: Float64Array.from(kept, ({ score }) => score),
    ids: named ? kept.map(({ id }) => id!) : undefined,
  };
}
