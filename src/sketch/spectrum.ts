/**
 * The spectrum of K, from the factor of its Gram matrix that every sketch ends with: what a file of sketches can be asked
 * besides U.
 *
 * Everything is of K as it is: column scales are undone. Each singular value comes with a bound of its error, made of
 * three: that of the factor, that of the units of columns (a column a million times smaller than another has six digits fewer),
 * and that of the decomposition itself. By Weyl's inequality an error E of G moves no eigenvalue by more than ||E||; where K
 * has full rank, (1 - delta) G <= G^ <= (1 + delta) G besides, and every eigenvalue keeps its digits.
 */

import { singularValues } from '../linear/spectral.js';
import { columnSquares } from '../linear/triangular.js';
import { rankTolerance } from './factor/rounding.js';
import { exponentOf, powerOfTwo } from './factor/scale.js';
import type { UniversalSet } from './universal-set.js';

/** What a spectrum is made from. */
export type Factor = Pick<
  UniversalSet,
  'd' | 'rank' | 'route' | 'delta' | 'resolution' | 'rootError' | 'exponents' | 'root'
>;

/** Singular values of K and what follows from them. */
export interface Spectrum {
  /**
   * Singular values are in units of 2^unit and their squares in units of 4^unit, so that neither overflows nor vanishes: 0 unless
   * ||K|| lies outside 2^±400. What is 2^500 times smaller than the largest counts as zero.
   */
  readonly unit: number;
  /** s_1 >= … >= s_d >= 0. */
  readonly values: Float64Array;
  /** Bounds of their relative errors, d, rising, 0 … 1; 1: not told from zero. */
  readonly errors: Float64Array;
  /** Bounds of the absolute errors of their squares, d. */
  readonly squareErrors: Float64Array;
  /** How many are told from zero. */
  readonly resolved: number;
  /** s_1 / s_rank; undefined where s_rank is not told from zero. */
  readonly condition: number | undefined;
  /** The same with the columns of K brought to unit length: what the accuracy of scores depends on. */
  readonly scaledCondition: number | undefined;
  /** ||K||_F^2 / ||K||_2^2, 1 … rank; 0 where K is zero. */
  readonly stableRank: number;
  /** ||K - K_k||_F^2 for k = 0 … d, K_k the best approximation of rank k (Eckart and Young): the squares from s_(k+1) on. */
  readonly residuals: Float64Array;
  /** Bounds of their absolute errors, d + 1. */
  readonly residualErrors: Float64Array;
}

/** ||K|| between 2^-this and 2^this needs no unit of its own. */
const MOST_EXPONENT = 400;

/**
 * The spectrum of K, or of the rows that were summed where only a share was.
 * @throws LevattnError where d is too large for a decomposition
 */
export function spectrumOf(factor: Factor): Spectrum {
  const { d, rank } = factor;
  const { unit, scaled } = unscale(factor);
  const values = singularValues(scaled, d);
  const squareErrors = errorsOfSquares(factor, values);
  const errors = values.map((s, i) => Math.min(1, squareErrors[i] / s ** 2 || 1));
  const resolved = errors.filter((error) => error < 1).length;
  const residuals = sumsFromTheEnd(values.map((s) => s ** 2));
  return {
    unit,
    values,
    errors,
    squareErrors,
    resolved,
    condition: rank > 0 && rank <= resolved ? values[0] / values[rank - 1] : undefined,
    scaledCondition: scaledCondition(factor),
    stableRank: values[0] > 0 ? residuals[0] / values[0] ** 2 : 0,
    residuals,
    residualErrors: sumsFromTheEnd(squareErrors),
  };
}

/** An effective dimension. */
export interface EffectiveDimension {
  /** In units of 4^unit, > 0. */
  readonly lambda: number;
  /** sum_i s_i^2 / (s_i^2 + lambda), 0 … d. */
  readonly dimension: number;
  /** Bound of its absolute error. */
  readonly error: number;
}

/**
 * The effective dimension of K under ridge regression with penalty lambda.
 * @param lambda - > 0, in the spectrum's units of 4^unit
 */
export function effectiveDimension({ values, squareErrors }: Spectrum, lambda: number): EffectiveDimension {
  let dimension = 0;
  let error = 0;
  for (let i = values.length - 1; i >= 0; i--) {
    const square = values[i] ** 2;
    const off = squareErrors[i];
    dimension += square / (square + lambda);
    error += ((off / (square + lambda)) * lambda) / (Math.max(0, square - off) + lambda);
  }
  return { lambda, dimension, error: Math.min(error, values.length) };
}

/** How many keys reach a threshold. */
export interface SizeAt {
  readonly eps: number;
  /** Keys that `select-keys` at this eps would keep of U. */
  readonly size: number;
}

/** Thresholds of a table grow by this. */
const STEP = 1.5;

/** |U| at thresholds from the one that U was made for up to 1, each half as large again. */
export function sizesByEps({ eps, score, growth, delta }: UniversalSet): SizeAt[] {
  // Leverage scores are taken as larger by their error; bounds of other functions hold as they are.
  const larger = growth.a === 2 && growth.b === 2 ? 1 + delta : 1;
  const falling = score
    .map((value) => value * larger)
    .sort()
    .reverse();
  const table: SizeAt[] = [];
  for (let at = eps; ; at = Math.min(1, at * STEP)) {
    const below = falling.findIndex((value) => value < at);
    table.push({ eps: at, size: below < 0 ? falling.length : below });
    if (at >= 1) return table;
  }
}

/** The factor in K's own columns, d x d, in units of 2^unit. */
function unscale({ d, exponents, root }: Factor): { unit: number; scaled: Float64Array } {
  const tops = Array.from(columnSquares(root, d, d), (square, j) =>
    square > 0 ? exponents[j] + exponentOf(Math.sqrt(square)) : Number.NEGATIVE_INFINITY,
  );
  const top = Math.max(...tops);
  const unit = Number.isFinite(top) && Math.abs(top) > MOST_EXPONENT ? top : 0;
  const factors = Array.from(exponents, (exponent) => powerOfTwo(exponent - unit));
  return { unit, scaled: root.map((value, at) => (value === 0 ? 0 : value * factors[at % d])) };
}

/** Bounds of the errors of the squares of singular values. */
function errorsOfSquares(
  { d, rank, route, delta, resolution, rootError, root }: Factor,
  values: Float64Array,
): Float64Array {
  const [largest] = values;
  const used = columnSquares(root, d, d).filter((square) => square > 0).length;
  // A perturbation of norm t of a matrix moves s by t at most, and so s^2 by 2 t s + t^2.
  const moved = (s: number, t: number): number => 2 * t * s + t * t;
  const own = rankTolerance(d) * largest;
  // Half of it is the error of G, half what was left out as being below it.
  const formed = (s: number): number =>
    route === 'gram' ? 2 * resolution * largest ** 2 : moved(s, Math.sqrt(resolution) * largest);
  const kept = (s: number): number => (rank === used ? Math.min(formed(s), 2 * delta * s ** 2) : formed(s));
  return values.map((s) => kept(s) + moved(s, own) + rootError * s ** 2);
}

/** The condition number of F with columns of unit length, over the numerical rank. */
function scaledCondition({ d, rank, root }: Factor): number | undefined {
  const lengths = columnSquares(root, d, d).map(Math.sqrt);
  const unit = root.map((value, at) => (value === 0 ? 0 : value / lengths[at % d]));
  const values = singularValues(unit, d);
  return rank > 0 && values[rank - 1] > 0 ? values[0] / values[rank - 1] : undefined;
}

/** sums[k] = terms[k] + … + the last, the smallest added first; one more than there are terms. */
function sumsFromTheEnd(terms: Float64Array): Float64Array {
  const sums = new Float64Array(terms.length + 1);
  for (let k = terms.length - 1; k >= 0; k--) sums[k] = sums[k + 1] + terms[k];
  return sums;
}
