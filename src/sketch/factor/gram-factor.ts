/**
 * From a Gram matrix to a whitening, in unit-diagonal coordinates: C = D^-1/2 G D^-1/2, D = diag(G).
 *
 * With gamma the error of C and lambda its smallest eigenvalue, every score carries a relative error of at most
 * delta = gamma / lambda.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { Places } from '../../kernels/places.js';
import { symmetricEigen } from '../../linear/spectral.js';
import { smallestEigenvalue } from '../sample/smallest-eigenvalue.js';
import { wideAlgebra } from '../wide/wide-algebra.js';
import { removedColumns, removedNullSpace } from './removed-columns.js';
import { U, ZERO_COLUMN_WEIGHT } from './rounding.js';
import type { Whitening } from './whitening.js';
import { WideGram } from './wide-gram.js';

/** A whitening and a root of G beside it. */
export interface FactoredGram {
  readonly whitening: Whitening;
  /** F with F^T F = G, d x d. */
  readonly root: Float64Array;
}

/** What both ways of factoring go by. */
interface GramParts {
  readonly gram: Float64Array;
  readonly d: number;
  readonly gamma: number;
  /** D, 1 / D and D^-1/2, with what stands for them in a column of zeros. */
  readonly diagonal: Float64Array;
  readonly weights: Float64Array;
  readonly scales: Float64Array;
}

/** Work space of two d x d matrices, by the backend in whose memory it lies. */
const workSpaces = new WeakMap<Kernels, Places<'c' | 'r'>>();

function workSpaceOf(kernels: Kernels): Places<'c' | 'r'> {
  const known = workSpaces.get(kernels);
  const places = known ?? new Places<'c' | 'r'>(kernels);
  if (!known) workSpaces.set(kernels, places);
  return places;
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
    if (whitening) return { whitening, root: wide.root() };
  }
  const diagonal = new Float64Array(d);
  for (let i = 0; i < d; i++) diagonal[i] = gram[i * d + i];
  const weights = diagonal.map((value) => (value === 0 ? ZERO_COLUMN_WEIGHT : 1 / value));
  const parts = { gram, d, gamma, diagonal, weights, scales: weights.map(Math.sqrt) };
  return factorRegular(parts, kernels) ?? factorDeficient(parts, kernels);
}

/** C, d x d, upper triangle; 1 on the diagonal, for a column of zeros, too. */
function unitDiagonal({ gram, d, scales }: GramParts, kernels: Kernels, c: Float64Array): void {
  kernels.scaleUpper(gram, d, scales, scales, c);
  for (let i = 0; i < d; i++) c[i * d + i] = 1;
}

function factorRegular(parts: GramParts, kernels: Kernels): FactoredGram | undefined {
  const { gram, d, gamma, diagonal, weights, scales } = parts;
  const places = workSpaceOf(kernels);
  const c = places.take('c', d * d);
  const r = places.take('r', d * d);
  unitDiagonal(parts, kernels, c);
  const removed = removedColumns(gram, d);
  for (const { column } of removed) {
    for (let i = 0; i < column; i++) c[i * d + column] = 0;
    for (let j = column + 1; j < d; j++) c[column * d + j] = 0;
  }
  if (!kernels.choleskyUpper(c, d, 0, r)) return undefined;
  const lambda = smallestEigenvalue(c, r, d, kernels);
  if (lambda <= 2 * gamma) return undefined;
  const ones = new Float64Array(d).fill(1);
  const root = new Float64Array(d * d);
  kernels.scaleUpper(r, d, ones, diagonal.map(Math.sqrt), root);
  for (const { column, copyOf } of removed) {
    root[column * d + column] = 0;
    if (copyOf !== undefined) for (let i = 0; i <= copyOf; i++) root[i * d + column] = root[i * d + copyOf];
  }
  // C has served its purpose.
  const inverse = c;
  kernels.invertUpper(r, d, inverse);
  const factor = sharedFactor(d * d);
  kernels.scaleUpper(inverse, d, scales, ones, factor);
  for (const { column } of removed) factor.fill(0, column * d, (column + 1) * d);
  const whitening = {
    d,
    rank: d - removed.length,
    factor,
    width: d,
    upper: true,
    weights,
    lambda: lambda - gamma,
    delta: gamma / (lambda - gamma),
    nullSpace: removedNullSpace(removed, d, scales),
  };
  return { whitening, root };
}

function factorDeficient(parts: GramParts, kernels: Kernels): FactoredGram {
  const { d, gamma, diagonal, weights, scales } = parts;
  const c = new Float64Array(d * d);
  unitDiagonal(parts, kernels, c);
  for (let i = 0; i < d; i++) if (diagonal[i] === 0) c[i * d + i] = 0;
  const { values, vectors } = symmetricEigen(c, d);
  const rank = values.filter((value) => value > 2 * gamma).length;
  const factor = sharedFactor(d * rank);
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
  const whitening = {
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
  };
  return { whitening, root };
}

/** Room for a factor in memory that threads share: to post a whitening does not copy it. */
const sharedFactor = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length));
