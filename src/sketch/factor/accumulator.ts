/**
 * What the sketch needs of a route: something that takes in rows once and can whiten others against all it has taken.
 *
 * Two routes: the Gram matrix (`gram.ts`, fast, half the digits) and the whitened Gram over an R factor (`stable.ts`,
 * all the digits, about twice the work).
 */

import type { ColumnOrder } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import type { Survivors } from '../screen/block.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import type { Whitening } from './whitening.js';

/** The route by which the factor of K^T K is formed. */
export type Route = 'gram' | 'stable';

/** Takes in rows and keeps a factor of their Gram matrix, in scaled columns. */
export interface Accumulator {
  readonly route: Route;

  /** A whitening of rows taken in some time ago, to screen others with; its arrays do not change. */
  readonly filter: Whitening | undefined;

  /** The rows that the filter knows, at most. */
  readonly filterRows: number;

  /**
   * Takes in rows.
   *
   * @param a - rows x d, finite, scaled columns; kept unchanged
   * @returns the rows whose final score may reach the floor; undefined where nothing was taken in, because this route
   *   would lose the digits it promises
   */
  absorb(a: Values, rows: number): Survivors | undefined;

  /** Multiplies the columns taken in so far by `changes` (d exact powers of two), as the column scales have grown. */
  rescale(changes: Float64Array): void;

  /** Puts the columns taken in so far in another order. */
  reorder(order: ColumnOrder): void;

  /** The whitening of everything taken in. */
  whitening(): Whitening;

  /** A matrix F, d x d, with F^T F = G of everything taken in: ||F q||^2 = q^T G q. */
  root(): Float64Array;

  /**
   * Relative error of q^T G q as computed from {@link Accumulator.root}, against (sum_i |q_i| sqrt(G_ii))^2: below it the
   * denominator of a query is noise.
   */
  resolution(): number;

  /** What it is made of: the same route goes on from it to the last bit. */
  save(): State;

  /** A relative error that q^T G q has on top of that, whatever q is: of a factor that was begun with from another route. */
  rootError(): number;
}

/** The stable route, which can go on from a factor of rows that were taken in elsewhere; only before it has rows of its own. */
export interface StableSum extends Accumulator {
  /**
   * Begins with a factor of some rows.
   *
   * @param r - d x d upper triangular, R^T R = G
   * @param n - rows
   * @param delta - its relative error
   */
  begin(r: Float64Array, n: number, delta: number): void;

  /**
   * Takes in a matrix F with F^T F = G of further rows.
   *
   * @param root - d x d
   * @param n - rows
   * @param delta - its relative error
   */
  addRoot(root: Float64Array, n: number, delta: number): void;

  absorb(a: Values, rows: number): Survivors;

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void;
}
