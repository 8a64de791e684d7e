/** The universal sets of the heads of an array. */

import { dataError } from '../errors.js';
import {
  choose,
  type HeadChoice,
  type HeadPlace,
  placeFor,
  type QueryHead,
  samePlace,
  spellNumbers,
  spellPlace,
} from '../rows/heads/head-index.js';
import type { HeadShape } from '../rows/heads/layout.js';
import type { HeadAxis } from '../rows/row-block.js';
import type { UniversalSet } from '../sketch/universal-set.js';

/** The universal set of one head. */
export interface HeadSet {
  readonly place: HeadPlace;
  readonly set: UniversalSet;
  /** Heads and examples of its layer, where there are layers: these may differ. */
  readonly of?: QueryHead['of'] | undefined;
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
  const layer = layerFor({ shape, sets }, target, name);
  const inLayer = layer === undefined ? sets : sets.filter(({ place }) => place.layer === layer);
  const { batch, heads } = inLayer[0]?.of ?? shape;
  const place = { ...placeFor(target, { batch, heads }, name), ...(layer !== undefined && { layer }) };
  const found = inLayer.find((candidate) => samePlace(candidate.place, place));
  if (found) return found.set;
  throw dataError(`${name}: no universal set of ${spellPlace(shape, place)}; make it with levattn select-keys`);
}

/**
 * The only set, or the only one that is chosen.
 * @throws LevattnError where there are several
 */
export function onlySet({ shape, sets }: HeadSets, choice: HeadChoice, name: string): UniversalSet {
  const { axes } = shape;
  const chosen = axes.reduce((left, axis) => {
    const numbers = choose(choice[axis], numbersAlong({ shape, sets }, axis), axis, axes, name);
    return left.filter(({ place }) => numbers.includes(place[axis] ?? 0));
  }, sets);
  if (chosen.length === 1) return chosen[0]!.set;
  throw dataError(
    `${name}: universal sets of ${chosen.length} heads, where one is expected; choose one with ${shape.axes.map((axis) => `--${axis} 0`).join(' ')}`,
  );
}

/** The numbers along an axis of the array that there may be sets of. */
export function numbersAlong({ shape, sets }: HeadSets, axis: HeadAxis): number[] {
  if (axis === 'layer') return [...new Set(sets.map(({ place }) => place.layer ?? 0))];
  const count = axis === 'head' ? 'heads' : 'batch';
  const most = sets.reduce((length, { of = shape }) => Math.max(length, of[count]), 0);
  return Array.from({ length: most }, (_, i) => i);
}

/** The layer of the set that queries at a target need; undefined where there are no layers. */
function layerFor(sets: HeadSets, { layer }: QueryHead, name: string): number | undefined {
  if (!sets.shape.axes.includes('layer')) return undefined;
  const layers = numbersAlong(sets, 'layer');
  if (layer === undefined) {
    throw dataError(
      `${name}: universal sets of layers ${spellNumbers(layers)}, where the queries have none; name Q with {layer}, or make U of one layer with --layer`,
    );
  }
  return layer;
}
