/** The rounding-error constants every bound is built from; u is the unit roundoff of float64. */

/** Unit roundoff of float64, 2^-53. */
export const U = 2 ** -53;

/**
 * Bound on the error of a scaled Gram matrix that is summed over blocks of rows, and then over the blocks, relative to its
 * unit diagonal: gamma = 8 d u (sqrt(b) + sqrt(blocks)).
 *
 * @param blockRows - b, the most rows of a block
 */
export const gramError = (d: number, blockRows: number, blocks: number): number =>
  8 * d * U * (Math.sqrt(blockRows) + Math.sqrt(blocks));

/** Singular values of a column-scaled factor up to this share of the largest count as zero: 8 d u. */
export const rankTolerance = (d: number): number => 8 * d * U;

/**
 * The final score of a row that is not yet in the factor it was scored with is at most x / (1 + x), x = k^T G^+ k:
 * Sherman-Morrison, and later rows only lower it. x = Infinity gives 1.
 */
export const scoreBound = (x: number): number => 1 / (1 + 1 / x);

/**
 * What stands for 1 / D of a column that has been zero so far: its first entry, however small its units, is a new direction
 * and must outweigh all others. Entries lie between 2^-150 and 2^150 (`scale.ts`), so that squares times this are finite.
 */
export const ZERO_COLUMN_WEIGHT = 2 ** 500;
