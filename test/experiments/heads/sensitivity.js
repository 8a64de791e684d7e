/**
 * Exact l_p sensitivities: the largest |<q, k_j>|^p / sum_l |<q, k_l>|^p over all q, for p = 1, 2 and 4.
 *
 * That is m^-p with m the least ||K x||_p where <k_j, x> = 1, a convex problem. Its dual is the largest lambda with K^T y = lambda k_j and
 * ||y||_q <= 1, 1/p + 1/q = 1. Every answer comes from a feasible x and a feasible y, so that it lies between two bounds whatever the solver did.
 * p = 1: a barrier method on the dual (each Newton step is a weighted least-squares problem, whose solution is a feasible x).
 * p = 2: closed form. p = 4: Newton's method, whose step is a third of the way to a weighted least-squares solution, and an exact line search.
 */

import { cholesky, solve } from '../cholesky.js';

const MOST_STEPS = 100;

/** Rows whose sensitivities are asked for. */
export class SensitivityProblem {
  #kernels;
  #n;
  #d;
  /** K R^-1 with R^T R = K^T K: the same sensitivities, and well conditioned. */
  #rows;

  /**
   * @param kernels - of the library
   * @param values - n x d, row-major, float64
   * @throws Error where K has not full column rank
   */
  constructor(kernels, values, n, d) {
    this.#kernels = kernels;
    this.#n = n;
    this.#d = d;
    this.#rows = kernels.allocate('float64', n * d);
    this.#rows.set(values);
    const gram = new Float64Array(d * d);
    kernels.addGram(this.#rows, n, d, gram);
    const factor = cholesky(gram, d);
    for (let i = 0; i < n; i++) factor.whiten(this.#rows.subarray(i * d, (i + 1) * d));
  }

  /**
   * Bounds of the sensitivity of row j.
   * @param accuracy - the relative distance of the bounds of m at which steps end
   * @returns lower <= sensitivity <= upper, both attained by a feasible point
   */
  solve(j, p, accuracy = 1e-6) {
    const key = this.#rows.slice(j * this.#d, (j + 1) * this.#d);
    if (key.every((value) => value === 0)) return { lower: 0, upper: 0 };
    const least = {
      1: () => this.#leastSum(key, accuracy),
      2: () => this.#leastSquares(key),
      4: () => this.#leastFourth(key, accuracy),
    };
    const { primal, dual } = least[p]();
    if (!(dual <= primal * (1 + 1e-9)))
      throw new Error(`key ${j}, p = ${p}: the bounds ${dual} and ${primal} of m contradict each other`);
    return { lower: primal ** -p, upper: Math.min(1, dual ** -p) };
  }

  #leastSquares(key) {
    const { products, lambda } = this.#weighted(key, new Float64Array(this.#n).fill(1));
    return { primal: norm(products, 2), dual: lambda / norm(products, 2) };
  }

  #leastFourth(key, accuracy) {
    let { x, products } = this.#weighted(key, new Float64Array(this.#n).fill(1));
    let primal = norm(products, 4);
    let dual = 0;
    for (let step = 0; step < MOST_STEPS && dual < primal * (1 - accuracy); step++) {
      const target = this.#weighted(key, products);
      const y = target.products.map((value, l) => value * products[l] ** 2);
      dual = Math.max(dual, target.lambda / norm(y, 4 / 3));
      const direction = target.products.map((value, l) => value - products[l]);
      const length = bestLength(products, direction);
      x = x.map((value, i) => value + length * (target.x[i] - value));
      products = this.#products(x);
      primal = Math.min(primal, norm(products, 4));
    }
    return { primal, dual };
  }

  #leastSum(key, accuracy) {
    const n = this.#n;
    const squares = this.#weighted(key, new Float64Array(n).fill(1)).products;
    const peak = norm(squares, Number.POSITIVE_INFINITY);
    let y = squares.map((value) => (0.5 * value) / peak);
    let primal = norm(squares, 1);
    let dual = this.#multiplier(key, y);
    for (let step = 0; step < MOST_STEPS && dual < primal * (1 - accuracy); step++) {
      const mu = (0.1 * (primal - dual)) / n;
      // log(1 - y^2): slope -2 y / (1 - y^2), curvature -2 (1 + y^2) / (1 - y^2)^2.
      const roots = y.map((value) => (1 - value ** 2) / Math.sqrt(2 * (1 + value ** 2)));
      const slope = y.map((value) => (-value * (1 - value ** 2)) / (1 + value ** 2));
      const { products } = this.#weighted(key, roots, { slope, mu });
      primal = Math.min(primal, norm(products, 1));
      const direction = slope.map((value, l) => value + (products[l] * roots[l] ** 2) / mu);
      const length = 0.95 * lengthWithin(y, direction);
      y = y.map((value, l) => value + Math.min(1, length) * direction[l]);
      dual = Math.max(dual, this.#multiplier(key, y));
    }
    return { primal, dual };
  }

  /** lambda with K^T y = lambda key, for a y that has one. */
  #multiplier(key, y) {
    const sum = this.#transposed(y);
    return dot(sum, key) / dot(key, key);
  }

  /**
   * The x with <key, x> = 1 that minimises sum_l (roots_l <k_l, x>)^2 / 2 + mu <slope, K x>; with its products K x and lambda, where
   * K^T W K x = lambda key - mu K^T slope.
   */
  #weighted(key, roots, { slope, mu = 0 } = {}) {
    const d = this.#d;
    const gram = new Float64Array(d * d);
    this.#kernels.addWeightedGram(this.#rows, this.#n, d, roots, gram);
    const factor = cholesky(gram, d);
    const towards = solve(factor, key);
    const back = slope ? solve(factor, this.#transposed(slope)) : new Float64Array(d);
    const lambda = (1 + mu * dot(key, back)) / dot(key, towards);
    const x = towards.map((value, i) => lambda * value - mu * back[i]);
    return { x, products: this.#products(x), lambda };
  }

  #products(x) {
    const d = this.#d;
    const rows = this.#rows;
    return Float64Array.from({ length: this.#n }, (_, l) => {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += rows[l * d + i] * x[i];
      return sum;
    });
  }

  #transposed(y) {
    const d = this.#d;
    const rows = this.#rows;
    const sums = new Float64Array(d);
    for (let l = 0; l < y.length; l++) for (let i = 0; i < d; i++) sums[i] += y[l] * rows[l * d + i];
    return sums;
  }
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

function norm(values, p) {
  const peak = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (p === Number.POSITIVE_INFINITY || peak === 0) return peak;
  return peak * values.reduce((sum, value) => sum + Math.abs(value / peak) ** p, 0) ** (1 / p);
}

/** The t of [0, 1] that minimises sum_l (a_l + t b_l)^4, which is convex. */
function bestLength(a, b) {
  const [c1, c2, c3, c4] = [1, 2, 3, 4].map((k) => a.reduce((sum, value, l) => sum + value ** (4 - k) * b[l] ** k, 0));
  let [from, to] = [0, 1];
  for (let step = 0; step < 40; step++) {
    const t = (from + to) / 2;
    if (c1 + 3 * c2 * t + 3 * c3 * t ** 2 + c4 * t ** 3 > 0) to = t;
    else from = t;
  }
  return (from + to) / 2;
}

/** The largest t with |a_l + t b_l| <= 1 for all l. */
function lengthWithin(a, b) {
  let most = Number.POSITIVE_INFINITY;
  for (let l = 0; l < a.length; l++) if (b[l] !== 0) most = Math.min(most, (Math.sign(b[l]) - a[l]) / b[l]);
  return most;
}
