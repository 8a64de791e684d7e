/** Keys by the attention that Gaussian queries would give them, with mean and covariance of observed ones, and by one direction of these. */

import type { Kernels } from '../kernels/kernels.js';
import { inverseFactor } from '../kernels/triangular.js';
import { symmetricEigen } from '../linear/spectral.js';
import { momentsOf } from './moments.js';
import type { ObservedQueries } from './observed-queries.js';
import type { FormSelector } from './selector.js';

/** log E e^(s <q, k>) for Gaussian q (arXiv:2510.00636). */
export const expected: FormSelector = {
  kind: 'form',
  name: 'expected',
  about: 's <mu, k> + s^2/2 k^T S k, mu and S mean and covariance of observed queries',
  needs: ['queries'],
  async form({ d }, { observed, scale, kernels }) {
    const { mean, covariance } = await queryMoments(observed!, d, kernels);
    return { square: covariance.map((one) => (scale * scale * one) / 2), linear: mean.map((one) => scale * one) };
  },
};

/** The product with the mean query. */
export const meanQuery: FormSelector = {
  kind: 'form',
  name: 'mean-query',
  about: '<mu, k>, mu the mean of observed queries',
  needs: ['queries'],
  async form({ d }, { observed, kernels }) {
    return { linear: (await queryMoments(observed!, d, kernels)).mean };
  },
};

/**
 * The same as expected attention with the denominator that Gaussian keys would have, so that a shift of all keys changes nothing:
 * y^T (D + S^-1)^-1 y / 2 + y^T (I + S D)^-1 mu with y = s (k - mean), D their covariance. With S = F F^T and M = I + F^T D F the first
 * matrix is F M^-1 F^T. (I + S D)^-1 mu is F M^-1 c for mu = F c, and mu - F M^-1 F^T D mu for what of mu lies outside the range of S: there
 * nothing of the same size is taken off.
 */
export const expectedNormalised: FormSelector = {
  kind: 'form',
  name: 'expected-normalised',
  about: 'expected attention over the denominator that Gaussian keys would have',
  needs: ['queries'],
  async form(keys, { observed, scale, kernels }) {
    const { d } = keys;
    const { mean: mu, covariance } = await queryMoments(observed!, d, kernels);
    const { mean, scatter, count } = await momentsOf(keys.read(), d, kernels);
    const spread = scatter!.map((one) => (one * scale * scale) / count);
    const times = (a: Float64Array, b: Float64Array): Float64Array => product(a, b, d, kernels);
    const { root, within, outside } = rootAndParts(covariance, mu, d);
    const m = times(transposed(root, d), times(spread, root));
    for (let i = 0; i < d; i++) m[i * d + i] += 1;
    const inverse = inverseFactor(kernels, m, d)!;
    const half = times(root, inverse);
    const both = times(half, transposed(half, d));
    const inRange = applied(half, applied(transposed(inverse, d), within, d), d);
    const pulled = applied(both, applied(spread, outside, d), d);
    return {
      centre: mean,
      square: both.map((one) => (scale * scale * one) / 2),
      linear: inRange.map((one, c) => scale * (one + outside[c] - pulled[c])),
    };
  },
};

/** The product with the first right singular vector of the queries, signed as their mean (arXiv:2503.02812). */
export const qFilter: FormSelector = {
  kind: 'form',
  name: 'q-filter',
  about: '<k, u>, u the first right singular vector of observed queries',
  needs: ['queries'],
  async form({ d }, { observed, kernels }) {
    const { values, index } = observed!;
    const gram = new Float64Array(d * d);
    kernels.addGram(values, index.length, d, gram);
    const { vectors } = symmetricEigen(gram, d);
    const direction = Float64Array.from({ length: d }, (_, c) => vectors[c * d]);
    const { mean } = await queryMoments(observed!, d, kernels);
    const along = mean.reduce((sum, one, c) => sum + one * direction[c], 0);
    return { linear: along >= 0 ? direction : direction.map((one) => -one) };
  },
};

/** Mean and covariance (over m) of queries. */
async function queryMoments({ values, index }: ObservedQueries, d: number, kernels: Kernels) {
  const { mean, scatter, count } = await momentsOf([{ start: 0, rows: index.length, d, values, index }], d, kernels);
  return { mean, covariance: scatter!.map((one) => one / count) };
}

/** F with F F^T = S; c with F c + rest = mu, and the rest, which lies outside the range of S. */
function rootAndParts(s: Float64Array, mu: Float64Array, d: number) {
  const { values, vectors } = symmetricEigen(s, d);
  const root = vectors.map((one, at) => one * Math.sqrt(Math.max(0, values[at % d])));
  const within = new Float64Array(d);
  const outside = new Float64Array(d);
  for (let i = 0; i < d; i++) {
    let along = 0;
    for (let c = 0; c < d; c++) along += vectors[c * d + i] * mu[c];
    if (values[i] > d * Number.EPSILON * values[0]) within[i] = along / Math.sqrt(values[i]);
    else for (let c = 0; c < d; c++) outside[c] += along * vectors[c * d + i];
  }
  return { root, within, outside };
}

function product(a: Float64Array, b: Float64Array, d: number, kernels: Kernels): Float64Array {
  const out = new Float64Array(d * d);
  kernels.multiply(a, d, d, b, d, false, out);
  return out;
}

const transposed = (a: Float64Array, d: number): Float64Array => a.map((_, at) => a[(at % d) * d + Math.floor(at / d)]);

const applied = (a: Float64Array, x: Float64Array, d: number): Float64Array =>
  x.map((_, i) => x.reduce((sum, one, j) => sum + a[i * d + j] * one, 0));
