/** Which of the inputs that a name stands for is read: the one at the place that the work is about. */

import { dataError } from '../errors.js';
import type { NamedPlace, PlacedName } from '../formats/naming/pattern.js';
import { choose, type QueryHead, spellNumbers } from '../rows/heads/head-index.js';
import type { HeadAxis } from '../rows/row-block.js';
import { isPattern, matchName } from './named-inputs.js';
import type { InputOptions } from './options.js';

/** What says where an input is read. */
export type SourceOptions = Pick<InputOptions, 'named' | 'target' | 'layer' | 'batch' | 'head' | 'inputFormat'>;

/**
 * The input that a name stands for: itself where it has no placeholders, else the one at the target, else the only one that is chosen.
 * @throws LevattnError where there is none, or there are several and none is chosen
 */
export async function sourceOf(name: string, options: SourceOptions): Promise<PlacedName> {
  if (!isPattern(name)) return { name, place: {} };
  const { named, target, inputFormat } = options;
  const matches = named?.get(name) ?? (await matchName(name, inputFormat));
  return target ? matchAt(matches, target, name) : onlyMatch(matches, options, name);
}

/** The options that read what a name stands for: what its name says of the place is chosen already. */
export function optionsAt<T extends SourceOptions>(options: T, place: NamedPlace): T {
  const axes = axesIn(place);
  if (axes.length === 0) return options;
  return { ...options, ...Object.fromEntries(axes.map((axis) => [axis, undefined])) };
}

/**
 * What a list must say of the place of a matrix, in the order of the axes: what its own name does not say.
 * @param list - what the name of the list says
 * @param place - what the name of the matrix says
 * @param at - where it is in its array
 */
export function placeBeside(list: NamedPlace, place: NamedPlace, at: NamedPlace = {}): NamedPlace {
  const all = { ...place, ...at };
  return Object.fromEntries(axesIn(all).flatMap((axis) => (list[axis] === undefined ? [[axis, all[axis]!]] : [])));
}

/**
 * The match that queries at a target need: of their layer, of their example, or the only one, and of the head that serves theirs.
 * @throws LevattnError where there is none
 */
export function matchAt(matches: readonly PlacedName[], target: QueryHead, name: string): PlacedName {
  const { layer, batch, head, of } = target;
  const inLayer = matches.filter(({ place }) => place.layer === undefined || place.layer === layer);
  if (inLayer.length === 0) {
    throw dataError(
      layer === undefined
        ? `${name}: is of layers ${numbersAlong(matches, 'layer')}, where the queries have none; name one of them`
        : `${name}: lacks layer ${layer}, which the queries have; it has ${numbersAlong(matches, 'layer')}`,
    );
  }
  const several = new Set(inLayer.map(({ place }) => place.batch)).size > 1;
  const ofExample = inLayer.filter(({ place }) => !several || place.batch === batch);
  const heads = headsIn(ofExample);
  const at = Math.floor((head * heads) / of.heads);
  const found = ofExample.find(({ place }) => place.head === undefined || place.head === at);
  if (found) return found;
  throw dataError(
    ofExample.length === 0
      ? `${name}: lacks example ${batch}, which the queries have; there are ${numbersAlong(inLayer, 'batch')}`
      : `${name}: lacks head ${at}, which head ${head} of ${of.heads} of the queries needs; there are ${numbersAlong(ofExample, 'head')}`,
  );
}

/** How many heads names tell of: they are counted from 0. */
const headsIn = (matches: readonly PlacedName[]): number =>
  matches.reduce((most, { place: { head = 0 } }) => Math.max(most, head + 1), 1);

/** The numbers along an axis, ascending. */
export const numbersIn = (places: readonly NamedPlace[], axis: HeadAxis): number[] =>
  [...new Set(places.flatMap((place) => place[axis] ?? []))].sort((a, b) => a - b);

const numbersAlong = (matches: readonly PlacedName[], axis: HeadAxis): string =>
  spellNumbers(
    numbersIn(
      matches.map(({ place }) => place),
      axis,
    ),
  );

const AXES: readonly HeadAxis[] = ['layer', 'batch', 'head'];

/** The axes that a place tells of. */
const axesIn = (place: NamedPlace): HeadAxis[] => AXES.filter((axis) => place[axis] !== undefined);

/** The only match, or the only one that is chosen. */
function onlyMatch(matches: readonly PlacedName[], options: SourceOptions, name: string): PlacedName {
  const axes = axesIn(matches[0]!.place);
  const chosen = axes.reduce((left, axis) => {
    const numbers = choose(
      options[axis],
      numbersIn(
        left.map(({ place }) => place),
        axis,
      ),
      axis,
      axes,
      name,
    );
    return left.filter(({ place }) => numbers.includes(place[axis]!));
  }, matches);
  if (chosen.length === 1) return chosen[0]!;
  throw dataError(
    `${name}: ${chosen.length} inputs, but one is expected; choose one with ${axes.map((axis) => `--${axis} ${matches[0]!.place[axis]}`).join(' ')}`,
  );
}
