/**
 * The softmax kernel of keys about their mean, and WildCat's temperature (arXiv:2602.10056): rows y = x sqrt(s) / tau, for which
 * h(j, l) = e^<y_j, y_l>.
 */

/** A residual of g below this is rounding. */
export const FLAT = 1e-12;

/** 2 sqrt(1 + e^(W(2 / e^2) + 2)), of WildCat's temperature. */
const TWO_RHO = 6.383202050647408;

/** Keys in memory. */
export interface PivotKeys {
  readonly d: number;
  /** n x d, row-major. */
  readonly values: Float64Array;
}

/** How pivots are chosen. */
export interface PivotOptions {
  /** s: multiplies <q, k>, > 0. */
  readonly scale: number;
  /** Pivots at most. */
  readonly most: number;
  /** Of the draws; undefined: the largest residual is taken, of equal ones the first. */
  readonly seed?: number | undefined;
  /** The largest length of a query; default: that of a key about the mean. */
  readonly queryRadius?: number | undefined;
  /** That compute, where pivots are drawn, >= 1; default 1: the caller's own. */
  readonly threads?: number | undefined;
}

/** Rows y = (k - mean) unit, made when they are asked for: most never are. */
export interface KernelRows {
  readonly n: number;
  readonly d: number;
  /** The keys, n x d, and their mean, d. */
  readonly values: Float64Array;
  readonly mean: Float64Array;
  readonly unit: number;
  /** ||y||^2, n. */
  readonly square: Float64Array;
  readonly tau: number;
}

/** @param queryRadius - the longest query; undefined: the longest key about the mean */
export function kernelRows({ d, values }: PivotKeys, scale: number, queryRadius: number | undefined): KernelRows {
  const n = values.length / d;
  const mean = meanOf(values, n, d);
  let most = 0;
  for (let j = 0, at = 0; j < n; j++) {
    let sum = 0;
    for (let c = 0; c < d; c++, at++) {
      const x = values[at] - mean[c];
      sum += x * x;
    }
    if (sum > most) most = sum;
  }
  const radius = Math.sqrt(most);
  const tau = temperature(n, scale, radius, queryRadius ?? radius);
  const unit = Math.sqrt(scale) / tau;
  const square = new Float64Array(n);
  for (let j = 0, at = 0; j < n; j++) {
    let sum = 0;
    for (let c = 0; c < d; c++, at++) {
      const y = (values[at] - mean[c]) * unit;
      sum += y * y;
    }
    square[j] = sum;
  }
  return { n, d, values, mean, unit, square, tau };
}

/** About the first key first: a mean of equal numbers is then that number, to the last bit. */
function meanOf(values: Float64Array, n: number, d: number): Float64Array {
  const first = values.slice(0, d);
  const mean = new Float64Array(d);
  for (let j = 0, at = 0; j < n; j++) for (let c = 0; c < d; c++, at++) mean[c] += values[at] - first[c];
  for (let c = 0; c < d; c++) mean[c] = first[c] + mean[c] / n;
  return mean;
}

/**
 * WildCat's tau = sqrt(R_K / R_Q b / (2 W(b / (2 rho)))), b = ln n / (s R_K R_Q) + 2; 1 where a radius is 0.
 * @param keyRadius - R_K, the longest key about the mean
 * @param queryRadius - R_Q
 */
function temperature(n: number, scale: number, keyRadius: number, queryRadius: number): number {
  if (keyRadius === 0 || queryRadius === 0) return 1;
  const b = Math.log(n) / (scale * keyRadius * queryRadius) + 2;
  return Math.sqrt(((keyRadius / queryRadius) * b) / (2 * lambertW(b / TWO_RHO)));
}

/** W with W e^W = y, y > 0, as the root of w + ln w = ln y, by Newton's method. */
function lambertW(y: number): number {
  const wanted = Math.log(y);
  let w = y < Math.E ? y / (1 + y) : wanted;
  for (let i = 0; i < 50; i++) {
    const next = (w * (1 + wanted - Math.log(w))) / (1 + w);
    if (Math.abs(next - w) <= 1e-16 * next) return next;
    w = next;
  }
  return w;
}
