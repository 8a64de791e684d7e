/** Universal sets in other column scales, and the set of no rows: what causal search goes by. */

import type { ScoringFunction } from '../../functions.js';
import { powerOfTwo } from '../../sketch/factor/scale.js';
import { changedSet } from '../../sketch/stored-keys.js';
import type { UniversalSet } from '../../sketch/universal-set.js';

/**
 * The same set with its factors in the scales of columns that have grown.
 * @param exponents - none smaller than the set's own
 */
export function setInScale(set: UniversalSet, exponents: Int32Array): UniversalSet {
  if (set.exponents.every((exponent, j) => exponent === exponents[j])) return set;
  const { d, lewis, sampling } = set;
  const factors = set.exponents.map((exponent, j) => exponent - exponents[j]);
  const columns = (a: Float64Array): Float64Array => a.map((value, at) => value * powerOfTwo(factors[at % d]));
  return changedSet(set, {
    exponents,
    root: columns(set.root),
    lewis: lewis && { ...lewis, root: columns(lewis.root) },
    sampling: sampling && {
      ...sampling,
      gram: columns(sampling.gram).map((value, at) => value * powerOfTwo(factors[Math.floor(at / d)])),
      squares: columns(columns(sampling.squares)),
    },
  });
}

/** The universal set of a K that has no rows yet. */
export function emptySet(d: number, eps: number, { name: f, growth = { a: 2, b: 2 } }: ScoringFunction): UniversalSet {
  const none = new Float64Array(0);
  return {
    n: 0,
    d,
    rank: 0,
    eps,
    f,
    growth,
    floor: 1,
    dropped: 0,
    lewis: undefined,
    sample: undefined,
    route: 'stable',
    delta: 0,
    resolution: 0,
    rootError: 0,
    skipped: 0,
    unresolved: 0,
    sampling: undefined,
    index: none,
    score: none,
    keys: none,
    dtype: 'float32',
    exponents: new Int32Array(d),
    root: new Float64Array(d * d),
  };
}
