/** A whitening as data, to the last bit: rows to come are screened with it, and what becomes of them must not depend on a break. */

import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import type { FactoredGram } from './gram-factor.js';
import type { Whitening } from './whitening.js';

/** What a whitening is made of. */
export const saveWhitening = (whitening: Whitening): State => {
  const { d, rank, factor, width, upper, weights, lambda, delta, nullSpace } = whitening;
  return { d, rank, factor, width, upper, weights, lambda, delta, nullSpace: nullSpace && { ...nullSpace } };
};

/** The whitening that a state holds, for d columns. */
export function restoreWhitening(state: StateReader, d: number): Whitening {
  const width = state.whole('width');
  if (state.whole('d') !== d || width > d) throw state.wrong('width', `is ${width}, where at most ${d} is expected`);
  const nullSpace = state.optionalPart('nullSpace');
  const size = nullSpace?.whole('size') ?? 0;
  return {
    d,
    rank: state.whole('rank'),
    factor: state.float64('factor', d * width),
    width,
    upper: state.boolean('upper'),
    weights: state.float64('weights', d),
    lambda: state.number('lambda'),
    delta: state.number('delta'),
    nullSpace: nullSpace && {
      basis: nullSpace.float64('basis', d * size),
      size,
      transposed: nullSpace.has('transposed') ? nullSpace.float64('transposed', size * d) : undefined,
      tolerance: nullSpace.number('tolerance'),
      spread: nullSpace.number('spread'),
    },
  };
}

/** What a factored Gram matrix is made of. */
export const saveFactored = (factored: FactoredGram): State => ({
  ...saveWhitening(factored.whitening),
  root: factored.root,
});

/** The factored Gram matrix that a state holds, for d columns. */
export const restoreFactored = (state: StateReader, d: number): FactoredGram => ({
  whitening: restoreWhitening(state, d),
  root: state.float64('root', d * d),
});
