/**
 * What the sketch needs of a route: something that takes in rows once and can whiten others against all it has taken.
 *
 * Two routes: the Gram matrix (`gram.ts`, fast, half the digits) and the whitened Gram over an R factor (`stable.ts`,
 * all the digits, about twice the work).
 */

import type { Whitening } from './whitening.js';

/** The route by which the factor of K^T K is formed. */
export type Route = 'gram' | 'stable';

/** Takes in rows and keeps a factor of their Gram matrix, in scaled columns. */
export interface Accumulator {
  readonly route: Route;

  /**
   * Takes in rows and bounds their final scores.
   *
   * @param a - rows x d, scaled columns; kept unchanged
   * @param bounds - rows, overwritten: an upper bound in [0, 1] of the score each row can end with, rounding included;
   *   where it is below the floor it need not be sharp
   * @returns false where nothing was taken in, because this route would lose the digits it promises
   */
  absorb(a: Float64Array, rows: number, bounds: Float64Array): boolean;

  /** Multiplies the columns taken in so far by `changes` (d exact powers of two), as the column scales have grown. */
  rescale(changes: Float64Array): void;

  /** The whitening of everything taken in. */
  whitening(): Whitening;

  /** A matrix F, d x d, with F^T F = G of everything taken in: ||F q||^2 = q^T G q. */
  root(): Float64Array;

  /**
   * Relative error of q^T G q as computed from {@link Accumulator.root}, against (sum_i |q_i| sqrt(G_ii))^2: below it the
   * denominator of a query is noise.
   */
  resolution(): number;
}
