/** The whitening by an R factor of full rank, but for columns that are left out. */

import { rankTolerance, ZERO_COLUMN_WEIGHT } from './rounding.js';
import type { Whitening } from './whitening.js';

/** 1 / D of squared column lengths. */
export const columnWeights = (squares: Float64Array): Float64Array =>
  squares.map((square) => (square === 0 ? ZERO_COLUMN_WEIGHT : 1 / square));

/**
 * All of a whitening but its null space.
 *
 * @param squares - squared lengths of the columns of R
 * @param factor - R^-1, d x d upper triangular, with zeros in the rows and columns that are left out
 * @param rank - columns that are not
 * @param inherited - relative error that R was begun with
 * @returns undefined where columns may be dependent
 */
export function whiteningByInverse(
  squares: Float64Array,
  factor: Float64Array,
  rank: number,
  inherited: number,
): Omit<Whitening, 'nullSpace'> | undefined {
  const d = squares.length;
  // Frobenius norms bound the condition number of the column-scaled R from above; its own is sqrt(rank).
  let inverseSquares = 0;
  for (let i = 0; i < d; i++) for (let j = i; j < d; j++) inverseSquares += squares[i] * factor[i * d + j] ** 2;
  const kappa = Math.sqrt(rank * inverseSquares);
  if (!(kappa * rankTolerance(d) < 1)) return undefined;
  return {
    d,
    rank,
    factor,
    width: d,
    upper: true,
    weights: columnWeights(squares),
    lambda: rank === 0 ? 1 : 1 / inverseSquares,
    delta: inherited + rankTolerance(d) * kappa,
  };
}
