/** The universal set U, with all that is needed to find heavy entries without K. */

import type { Growth } from '../functions.js';
import type { ColumnNames } from '../rows/column-names.js';
import type { MaskedRows } from '../rows/masked-rows.js';
import type { Dtype } from '../rows/row-block.js';
import type { TypedIds } from '../rows/row-ids.js';
import type { LewisSums, PrioritySample } from './bounds/certificate.js';
import type { Best } from './candidates/retention.js';
import type { Route } from './factor/accumulator.js';
import type { Sampling } from './sample/subsample.js';

/**
 * U = { j : sigma_j >= eps }: every key that could receive an attention score >= eps from any query (LevAttention,
 * arXiv:2410.05462, section 3; for f(x) = x^2 the sensitivity sigma_j is the leverage score k_j^T (K^T K)^+ k_j).
 *
 * Rounding may add keys whose score lies below eps by a relative {@link UniversalSet.delta}; none is ever missing.
 */
export interface UniversalSet {
  /** Rows of K, those skipped included. */
  readonly n: number;
  /** Columns of K. */
  readonly d: number;
  /** Numerical rank of K. */
  readonly rank: number;
  /** The threshold U was made for, in (0, 1]. */
  readonly eps: number;
  /** The function U was made for, by its name. */
  readonly f: string;
  /** Its growth exponents (a, b): U serves every function that grows within them. */
  readonly growth: Growth;
  /** Every key whose |x|^b sensitivity is at least this is in U, in (0, 1]. */
  readonly floor: number;
  /** T: no key outside U has a leverage score above it, in [0, 1]. */
  readonly dropped: number;
  /** Where b is not 2. */
  readonly lewis: LewisSums | undefined;
  /** Where the best keys alone were kept: what became of that; eps is then just above the largest bound of the others. */
  readonly best?: Best | undefined;
  /** For estimates of denominators, where they are not known. */
  readonly sample: PrioritySample | undefined;
  /** The route that the factor was formed by. */
  readonly route: Route;
  /** Bound on the relative error of any score. */
  readonly delta: number;
  /** Below this share of (sum_i |q_i| sqrt(G_ii))^2 a computed q^T G q is noise. */
  readonly resolution: number;
  /** A relative error that every q^T G q may have on top of that: of a factor that changed its route on the way. */
  readonly rootError: number;
  /** Rows left out because they hold NaN or infinities. */
  readonly skipped: number;
  /** Rows or shards that are missing of K, where the user has said that this does not matter: U is then that of the others. */
  readonly missing?: string | undefined;
  /**
   * What is remembered of the masks that K was read with, one record for each part that had one: rows of padding count as zeros, and
   * K must be read with the same mask again.
   */
  readonly masks?: readonly MaskedRows[] | undefined;
  /** Keys that are in U with score 1 only because the route cannot resolve a direction they reach into. */
  readonly unresolved: number;
  /** Where only a share of the rows was summed: scores are then upper bounds, and U may hold more keys than it must. */
  readonly sampling: Sampling | undefined;
  /** What the columns of K are called, where they have names; d of them. */
  readonly columns?: ColumnNames | undefined;
  /** The column of K that its rows are named by, where they have ids. */
  readonly idColumn?: string | undefined;
  /** Global 0-based row indices, |U|, ascending. */
  readonly index: Float64Array;
  /** What the keys are called, |U|, where the rows of K have ids. */
  readonly ids?: TypedIds | undefined;
  /** Leverage scores, |U|, in [0, 1], where f is x^2 and all rows were summed; else upper bounds of f's sensitivities. */
  readonly score: Float64Array;
  /** The keys, |U| x d, row-major, as they were read. */
  readonly keys: Float64Array;
  /** The same keys in float32, where they are kept so: `keys` is then made of them when it is first asked for. */
  readonly float32Keys?: Float32Array | undefined;
  /** The element type that holds the keys without loss. */
  readonly dtype: Dtype;
  /** Column j of K is scaled by 2^-exponents[j] in `root`; d integers. */
  readonly exponents: Int32Array;
  /** F, d x d, row-major, with F^T F = K^T K of the scaled columns, or of the rows that were summed. */
  readonly root: Float64Array;
}
