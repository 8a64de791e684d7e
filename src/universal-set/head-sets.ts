/** The universal sets of the heads of an array. */

import { dataError } from '../errors.js';
import {
  type HeadChoice,
  type HeadPlace,
  placeFor,
  placesOf,
  type QueryHead,
  spellPlace,
} from '../rows/heads/head-index.js';
import type { HeadShape } from '../rows/heads/layout.js';
import type { UniversalSet } from '../sketch/universal-set.js';

/** The universal set of one head. */
export interface HeadSet {
  readonly place: HeadPlace;
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
export const ONE_MATRIX: HeadSets['shape'] = { axes: [], batch: 1, heads: 1 };

/** The set of a single matrix. */
export const setOfOne = (set: UniversalSet): HeadSets => ({
  shape: ONE_MATRIX,
  sets: [{ place: { batch: 0, head: 0 }, set }],
});

/**
 * The set that queries at a target need.
 * @throws LevattnError where there is none
 */
export function setFor({ shape, sets }: HeadSets, target: QueryHead, name: string): UniversalSet {
  const place = placeFor(target, shape, name);
  const found = sets.find((candidate) => candidate.place.batch === place.batch && candidate.place.head === place.head);
  if (found) return found.set;
  throw dataError(`${name}: no universal set of ${spellPlace(shape, place)}; make it with levattn select-keys`);
}

/**
 * The only set, or the only one that is chosen.
 * @throws LevattnError where there are several
 */
export function onlySet({ shape, sets }: HeadSets, choice: HeadChoice, name: string): UniversalSet {
  const places = shape.axes.length === 0 ? [sets[0]!.place] : placesOf(shape, choice, name);
  const chosen = sets.filter(({ place }) =>
    places.some(({ batch, head }) => batch === place.batch && head === place.head),
  );
  if (chosen.length === 1) return chosen[0]!.set;
  throw dataError(
    `${name}: universal sets of ${chosen.length} heads, where one is expected; choose one with ${shape.axes.map((axis) => `--${axis} 0`).join(' ')}`,
  );
}
