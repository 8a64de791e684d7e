/** The whitening that belongs to a universal set: of all rows of K, from the root that the set carries. */

import { dataError } from '../../errors.js';
import type { Kernels } from '../../kernels/kernels.js';
import { shapeFrom } from '../sketch-options.js';
import type { UniversalSet } from '../universal-set.js';
import { wideAlgebra } from '../wide/wide-algebra.js';
import { factorGram } from './gram-factor.js';
import { stableSum } from './stable.js';
import type { Whitening } from './whitening.js';

/** What of a universal set its factor is told by. */
export type SetFactor = Pick<
  UniversalSet,
  'n' | 'd' | 'route' | 'resolution' | 'rootError' | 'sampling' | 'missing' | 'exponents' | 'root'
>;

/**
 * The whitening of all rows, in the set's scaled columns, by the route that the set was made by.
 *
 * @param name - names the set in messages
 * @throws LevattnError where the root is not that of all rows
 */
export function whiteningOf(set: SetFactor, kernels: Kernels, name: string): Whitening {
  const { n, d, route, resolution, rootError, sampling, missing, root } = set;
  if (sampling) {
    throw dataError(`${name}: was made with --sample, of a share of the rows; make it of all of them`);
  }
  if (missing !== undefined) throw dataError(`${name}: lacks ${missing}; merge them into it first`);
  if (route === 'stable') {
    const shape = shapeFrom({ d, eps: 1 });
    const stable = stableSum(shape, kernels, wideAlgebra(kernels, d));
    stable.begin(root, n, rootError);
    return stable.whitening();
  }
  const gram = new Float64Array(d * d);
  kernels.addGram(root, d, d, gram);
  return factorGram(gram, d, resolution, kernels).whitening;
}
