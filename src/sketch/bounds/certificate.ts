/** What a sketch keeps for functions other than x^2, beside the Gram matrix: it bounds sensitivities and denominators. */

/** Sums with Lewis weights u_l, for |x|^p with p != 2. */
export interface LewisSums {
  /** p, > 0 and not 2. */
  readonly p: number;
  /** F, d x d, row-major, scaled columns, with F^T F = M = sum_l u_l k_l k_l^T. */
  readonly root: Float64Array;
  /** S = sum_l u_l^(p / (p - 2)), >= 0; 0 where p < 2. */
  readonly sum: number;
  /** Below this share of (sum_i |q_i| sqrt(M_ii))^2 a computed q^T M q is noise. */
  readonly resolution: number;
}

/**
 * A priority sample of the rows outside U (Duffield, Lund, Thorup 2007): an item stands for max(weight, threshold) / weight
 * rows, so that sums over all these rows are estimated without bias.
 */
export interface PrioritySample {
  /** Of the hash that priorities are made with, a whole number 0 … 2^53. */
  readonly seed: number;
  /** The most items there can be. */
  readonly size: number;
  /** The largest priority that is not among the items; 0 where all rows are. */
  readonly threshold: number;
  /** Global row indices, count, ascending. */
  readonly index: Float64Array;
  /** Weights, count, > 0, powers of two. */
  readonly weight: Float64Array;
  /** Keys, count x d, row-major, as they were read. */
  readonly keys: Float64Array;
}
