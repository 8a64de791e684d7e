/**
 * From a Gram matrix to a whitening, in unit-diagonal coordinates: C = D^-1/2 G D^-1/2, D = diag(G).
 *
 * With gamma the error of C and lambda its smallest eigenvalue, every score carries a relative error of at most
 * delta = gamma / lambda.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { symmetricEigen } from '../../linear/spectral.js';
import { choleskyUpper, invertUpper } from '../../linear/triangular.js';
import { smallestEigenvalue } from '../sample/smallest-eigenvalue.js';
import { wideAlgebra } from '../wide/wide-algebra.js';
import { removedColumns, removedNullSpace } from './removed-columns.js';
import { U, ZERO_COLUMN_WEIGHT } from './rounding.js';
import type { Whitening } from './whitening.js';
import { WideGram } from './wide-gram.js';

/** A whitening and a root of G beside it. */
export interface FactoredGram extends Whitening {
  /** F with F^T F = G, d x d. */
  readonly root: Float64Array;
}

/** What both ways of factoring go by. */
interface GramParts {
  readonly d: number;
  readonly gamma: number;
  /** C, d x d, upper triangle; 1 on the diagonal, for a column of zeros, too. */
  readonly c: Float64Array;
  /** D, 1 / D and D^-1/2, with what stands for them in a column of zeros. */
  readonly diagonal: Float64Array;
  readonly weights: Float64Array;
  readonly scales: Float64Array;
}

/**
 * Factors a Gram matrix: by Cholesky where what is left after zero and copied columns surely has full rank, else by
 * eigenvectors.
 *
 * @param gram - G, d x d, upper triangle
 * @param gamma - the error of its unit-diagonal form: what lies within twice that of zero is not told from it
 */
export function factorGram(gram: Float64Array, d: number, gamma: number, kernels: Kernels): FactoredGram {
  const algebra = wideAlgebra(kernels, d);
  if (algebra) {
    const wide = new WideGram(algebra, gram, d, gamma);
    const whitening = wide.whitening();
    if (whitening) return { ...whitening, root: wide.root() };
  }
  const diagonal = new Float64Array(d);
  for (let i = 0; i < d; i++) diagonal[i] = gram[i * d + i];
  const weights = diagonal.map((value) => (value === 0 ? ZERO_COLUMN_WEIGHT : 1 / value));
  const scales = weights.map(Math.sqrt);
  const c = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) c[i * d + j] = i === j ? 1 : gram[i * d + j] * scales[i] * scales[j];
  }
  const parts = { d, gamma, c, diagonal, weights, scales };
  return factorRegular(gram, parts) ?? factorDeficient(parts);
}

function factorRegular(gram: Float64Array, parts: GramParts): FactoredGram | undefined {
  const { d, gamma, c, diagonal, weights, scales } = parts;
  const removed = removedColumns(gram, d);
  const reduced = c.slice();
  for (const { column } of removed) {
    for (let i = 0; i < column; i++) reduced[i * d + column] = 0;
    for (let j = column + 1; j < d; j++) reduced[column * d + j] = 0;
  }
  const r = choleskyUpper(reduced, d);
  const lambda = r ? smallestEigenvalue(reduced, r, d) : 0;
  if (!r || lambda <= 2 * gamma) return undefined;
  const factor = invertUpper(r, d);
  for (const { column } of removed) factor.fill(0, column * d, (column + 1) * d);
  for (let i = 0; i < d; i++) for (let j = i; j < d; j++) factor[i * d + j] *= scales[i];
  const root = new Float64Array(d * d);
  for (let i = 0; i < d; i++) for (let j = i; j < d; j++) root[i * d + j] = r[i * d + j] * Math.sqrt(diagonal[j]);
  for (const { column, copyOf } of removed) {
    root[column * d + column] = 0;
    if (copyOf !== undefined) for (let i = 0; i <= copyOf; i++) root[i * d + column] = root[i * d + copyOf];
  }
  return {
    d,
    rank: d - removed.length,
    factor,
    width: d,
    upper: true,
    weights,
    lambda: lambda - gamma,
    delta: gamma / (lambda - gamma),
    nullSpace: removedNullSpace(removed, d, scales),
    root,
  };
}

function factorDeficient({ d, gamma, c, diagonal, weights, scales }: GramParts): FactoredGram {
  for (let i = 0; i < d; i++) if (diagonal[i] === 0) c[i * d + i] = 0;
  const { values, vectors } = symmetricEigen(c, d);
  const rank = values.filter((value) => value > 2 * gamma).length;
  const factor = new Float64Array(d * rank);
  const basis = new Float64Array(d * (d - rank));
  const root = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < rank; j++) factor[i * rank + j] = (scales[i] * vectors[i * d + j]) / Math.sqrt(values[j]);
    for (let j = rank; j < d; j++) basis[i * (d - rank) + j - rank] = scales[i] * vectors[i * d + j];
    for (let j = 0; j < d; j++) {
      root[j * d + i] = Math.sqrt(Math.max(0, values[j])) * vectors[i * d + j] * Math.sqrt(diagonal[i]);
    }
  }
  const lambda = rank > 0 ? values[rank - 1] - gamma : 1;
  return {
    d,
    rank,
    factor,
    width: rank,
    upper: false,
    weights,
    lambda,
    delta: rank > 0 ? gamma / lambda : 0,
    // Hardly anything is forgiven: what lies in an unresolved direction may be much of what a row has there.
    nullSpace: rank < d ? { basis, size: d - rank, tolerance: 4 * U * Math.sqrt(d), spread: 0 } : undefined,
    root,
  };
}
