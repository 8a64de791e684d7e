/**
 * Lewis weights of |x|^p as numbers: each row l has a weight w_l in [0, 1], and counts u_l = w_l^(1 - 2/p) times in the sum
 * M = sum_l u_l k_l k_l^T. With m^2 = k^T M^+ k the weights that fit M are w = m^p, so that u = m^(p - 2).
 *
 * Invariant: m^2 is never taken too small here, so that weights are never too small either.
 */

/** Squares of m below this count as none: their powers must stay finite. */
const LEAST = 1e-290;

/** How close to the solution is close enough, in the logarithm of m^2. */
const STEP = 2e-3;

/** What is done with weights for one p. */
export interface LewisPower {
  readonly p: number;
  /** w = (m^2)^(p/2). */
  weightOf(square: number): number;
  /** sqrt(u) = w^(1/2 - 1/p); 0 for w = 0. */
  rootOf(weight: number): number;
  /**
   * m^2 of a row that joins rows against which x = k^T M^+ k is known, with the weight w = m^p: m^2 + x m^p = x, to a
   * few parts in a thousand. Infinity gives 1.
   */
  squareFor(x: number): number;
}

/** The functions for a p > 0 other than 2. */
export function lewisPower(p: number): LewisPower {
  const half = powerFunction(p / 2);
  const root = powerFunction(Math.abs(1 / 2 - 1 / p));
  const solve = p === 4 ? solveFourth : (x: number) => solveByNewton(x, p / 2, half);
  return {
    p,
    weightOf: (square) => (square < LEAST ? 0 : half(square)),
    rootOf: p > 2 ? root : (weight) => (weight === 0 ? 0 : 1 / root(weight)),
    squareFor: (x) => (x < LEAST ? 0 : x === Number.POSITIVE_INFINITY ? 1 : solve(x)),
  };
}

/** x^e, by roots where they do, which are the same to the last bit on every V8. */
export function powerFunction(e: number): (x: number) => number {
  switch (e) {
    case -1:
      return (x) => 1 / x;
    case -0.5:
      return (x) => 1 / Math.sqrt(x);
    case -0.25:
      return (x) => 1 / Math.sqrt(Math.sqrt(x));
    case 0.25:
      return (x) => Math.sqrt(Math.sqrt(x));
    case 0.5:
      return Math.sqrt;
    case 0.75:
      return (x) => Math.sqrt(x) * Math.sqrt(Math.sqrt(x));
    case 1.5:
      return (x) => x * Math.sqrt(x);
    case 2:
      return (x) => x * x;
    case 4:
      return (x) => (x * x) ** 2;
    default:
      return (x) => x ** e;
  }
}

/** y + x y^2 = x, without overflow. */
function solveFourth(x: number): number {
  const inverse = 1 / x;
  const y = x > 1 ? 2 / (inverse + Math.sqrt(inverse * inverse + 4)) : (2 * x) / (1 + Math.sqrt(1 + 4 * x * x));
  return Math.min(1, y * (1 + 1e-14));
}

/**
 * y + x y^h = x: Newton's steps in log y for log(y + x y^h) = log x, a convex function that is met from the right, so that
 * every iterate lies above the solution. Where m^p is small, x itself is close enough.
 */
function solveByNewton(x: number, h: number, power: (y: number) => number): number {
  let y = Math.min(x, 1);
  for (let step = 1; step > STEP; ) {
    const share = power(y);
    if (share < STEP) return y;
    const term = x * share;
    step = (Math.log((y + term) / x) * (y + term)) / (y + h * term);
    y *= Math.exp(-step);
  }
  return Math.min(1, y * (1 + 1e-14));
}
