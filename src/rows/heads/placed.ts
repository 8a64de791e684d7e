/** Things of several places, such as universal sets: the one that queries at a target need, or the only one that is chosen. */

import { dataError } from '../../errors.js';
import type { HeadAxis } from '../row-block.js';
import {
  choose,
  type HeadChoice,
  type HeadPlace,
  placeFor,
  type QueryHead,
  samePlace,
  spellNumbers,
  spellPlace,
} from './head-index.js';
import type { HeadShape } from './layout.js';

/** What has a place. */
export interface Placed {
  readonly place: HeadPlace;
  /** Heads and examples of its layer, where there are layers: these may differ. */
  readonly of?: QueryHead['of'] | undefined;
}

/** Things of several places. */
export interface PlacedThings<T extends Placed> {
  /** Of all places there may be, whether there is one at each or not. */
  readonly shape: Pick<HeadShape, 'axes' | 'batch' | 'heads'>;
  readonly items: readonly T[];
  /** What one and several are, in messages. */
  readonly noun: string;
  readonly nouns: string;
}

/**
 * The one that queries at a target need.
 * @param name - of what holds them, in messages
 * @throws LevattnError where there is none
 */
export function placedFor<T extends Placed>(
  { shape, items, noun, nouns }: PlacedThings<T>,
  target: QueryHead,
  name: string,
): T {
  const inLayers = shape.axes.includes('layer');
  const { layer } = target;
  if (inLayers && layer === undefined) {
    throw dataError(
      `${name}: ${nouns} of layers ${spellNumbers(numbersAlong(shape, items, 'layer'))}, where the queries have none; name Q with {layer}, or make one of one layer with --layer`,
    );
  }
  const inLayer = inLayers ? items.filter(({ place }) => place.layer === layer) : items;
  const { batch, heads } = inLayer[0]?.of ?? shape;
  const place = { ...placeFor(target, { batch, heads }, name), ...(inLayers && { layer }) };
  const found = inLayer.find((candidate) => samePlace(candidate.place, place));
  if (found) return found;
  throw dataError(`${name}: no ${noun} of ${spellPlace(shape, place)}; make it with levattn select-keys`);
}

/**
 * Those that are chosen.
 * @throws LevattnError where there are none of such a place
 */
export function placedChosen<T extends Placed>(
  { shape, items }: Pick<PlacedThings<T>, 'shape' | 'items'>,
  choice: HeadChoice,
  name: string,
): readonly T[] {
  const { axes } = shape;
  return axes.reduce((left, axis) => {
    const numbers = choose(choice[axis], numbersAlong(shape, items, axis), axis, axes, name);
    return left.filter(({ place }) => numbers.includes(place[axis] ?? 0));
  }, items);
}

/**
 * The only one, or the only one that is chosen.
 * @throws LevattnError where there are several
 */
export function placedOnly<T extends Placed>(things: PlacedThings<T>, choice: HeadChoice, name: string): T {
  const { shape, nouns } = things;
  const chosen = placedChosen(things, choice, name);
  if (chosen.length === 1) return chosen[0]!;
  throw dataError(
    `${name}: ${nouns} of ${chosen.length} heads, where one is expected; choose one with ${shape.axes.map((axis) => `--${axis} 0`).join(' ')}`,
  );
}

/** The numbers along an axis that there may be one of. */
function numbersAlong(shape: PlacedThings<Placed>['shape'], items: readonly Placed[], axis: HeadAxis): number[] {
  if (axis === 'layer') return [...new Set(items.map(({ place }) => place.layer ?? 0))];
  const count = axis === 'head' ? 'heads' : 'batch';
  const most = items.reduce((length, { of = shape }) => Math.max(length, of[count]), 0);
  return Array.from({ length: most }, (_, i) => i);
}
