/** The universal sets of the heads of an array. */

import type { HeadChoice, QueryHead } from '../rows/heads/head-index.js';
import type { HeadShape } from '../rows/heads/layout.js';
import { type Placed, type PlacedThings, placedFor, placedOnly } from '../rows/heads/placed.js';
import type { UniversalSet } from '../sketch/universal-set.js';

/** The universal set of one head. */
export interface HeadSet extends Placed {
  readonly set: UniversalSet;
}

/** Universal sets of all heads of an array of keys, or of those that were asked for; one of a single matrix. */
export interface HeadSets {
  /** The array's: all its heads, whether there is a set of them or not. */
  readonly shape: Pick<HeadShape, 'axes' | 'batch' | 'heads'>;
  /** In the order of the array, at least one. */
  readonly sets: readonly HeadSet[];
}

/** The shape of one matrix without heads. */
const ONE_MATRIX: HeadSets['shape'] = { axes: [], batch: 1, heads: 1 };

/** The set of a single matrix. */
export const setOfOne = (set: UniversalSet): HeadSets => ({
  shape: ONE_MATRIX,
  sets: [{ place: { batch: 0, head: 0 }, set }],
});

/**
 * The set that queries at a target need.
 * @throws LevattnError where there is none
 */
export const setFor = (sets: HeadSets, target: QueryHead, name: string): UniversalSet =>
  placedFor(thingsOf(sets), target, name).set;

/**
 * The only set, or the only one that is chosen.
 * @throws LevattnError where there are several
 */
export const onlySet = (sets: HeadSets, choice: HeadChoice, name: string): UniversalSet =>
  placedOnly(thingsOf(sets), choice, name).set;

const thingsOf = ({ shape, sets }: HeadSets): PlacedThings<HeadSet> => ({
  shape,
  items: sets,
  noun: 'universal set',
  nouns: 'universal sets',
});
