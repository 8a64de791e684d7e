/**
 * How many rows of a coreset count for themselves: those of scores that a sample in proportion to scores would draw for certain.
 *
 * m rows of which k are certain leave m - k draws for the others, whose scores sum to rank - S_k. Row i is then drawn with probability
 * min(1, score_i / eps), eps = (rank - S_k) / (m - k): k is the least for which no other score reaches that eps.
 */

/**
 * The k rows of the largest scores that are certain.
 * @param scores - leverage scores, in any order
 * @param rank - what those of all rows sum to
 * @param size - rows of the coreset, m >= 2
 * @returns k, 1 to m - 1, and no more than there are scores
 */
export function certainRows(scores: Float64Array, rank: number, size: number): number {
  const falling = scores.slice().sort().reverse();
  const most = Math.min(size - 1, falling.length);
  let rest = rank;
  let k = 0;
  while (k < most && falling[k] * (size - k) >= rest) rest -= falling[k++];
  return Math.max(1, k);
}
