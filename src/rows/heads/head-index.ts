/** Which head of which example in which layer a matrix belongs to, and which of them are asked for. */

import { dataError } from '../../errors.js';
import { count, listed } from '../../text.js';
import type { HeadAxis } from '../row-block.js';
import type { HeadShape } from './layout.js';

/** A matrix among those of an array; 0 along an axis that it does not have. */
export interface HeadPlace {
  /** Left out where there are no layers. */
  readonly layer?: number | undefined;
  readonly batch: number;
  readonly head: number;
}

/**
 * Where to look in every input of a computation: the place of its queries, and how many there are. Keys have as many heads
 * or fewer, each for a group of query heads that follow one another (grouped-query attention).
 */
export interface QueryHead extends HeadPlace {
  /** Heads and examples of the queries, in their layer. */
  readonly of: { readonly batch: number; readonly heads: number };
}

/** Numbers a … b - 1; b is undefined up to the end. */
export interface IndexRange {
  readonly from: number;
  readonly to: number | undefined;
}

/** What is asked for along each axis; everything where nothing is said. */
export interface HeadChoice {
  readonly layer?: readonly IndexRange[] | undefined;
  readonly head?: readonly IndexRange[] | undefined;
  readonly batch?: readonly IndexRange[] | undefined;
}

/** `3,5`, `0:8` or `4:`, as Python counts; undefined where it is none of them. */
export function parseIndexRanges(text: string): IndexRange[] | undefined {
  const ranges = text.split(',').map((part) => {
    const [, from, colon, to] = /^\s*(\d*)\s*(:?)\s*(\d*)\s*$/.exec(part) ?? [];
    if (from === undefined || (from === '' && colon === '')) return undefined;
    if (colon === '') return { from: Number(from), to: Number(from) + 1 };
    return { from: Number(from), to: to === '' ? undefined : Number(to) };
  });
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

/**
 * The places that are asked for, in the order of the array.
 * @throws LevattnError where there is no such place
 */
export function placesOf(
  { axes, layers, batch, heads }: Pick<HeadShape, 'axes' | 'layers' | 'batch' | 'heads'>,
  choice: HeadChoice,
  name: string,
): HeadPlace[] {
  const along = (axis: HeadAxis, count: number): readonly number[] =>
    choose(
      choice[axis],
      Array.from({ length: count }, (_, i) => i),
      axis,
      axes,
      name,
    );
  const withLayers = axes.includes('layer');
  const chosen = { head: along('head', heads), batch: along('batch', batch), layer: along('layer', layers ?? 1) };
  return chosen.layer.flatMap((layer) =>
    chosen.batch.flatMap((at) => chosen.head.map((head) => ({ ...(withLayers && { layer }), batch: at, head }))),
  );
}

/** What messages call the axes. */
const AXIS_NAMES: { readonly [axis in HeadAxis]: string } = { layer: 'layers', batch: 'a batch', head: 'heads' };

/** The most numbers that a message lists. */
const LISTED = 12;

/**
 * The numbers along an axis that are asked for.
 * @param there - all there are, ascending
 * @throws LevattnError where some that are asked for are not there
 */
export function choose(
  ranges: readonly IndexRange[] | undefined,
  there: readonly number[],
  axis: HeadAxis,
  axes: readonly HeadAxis[],
  name: string,
): readonly number[] {
  if (!ranges) return there;
  if (!axes.includes(axis)) throw dataError(`${name}: has no axis of ${AXIS_NAMES[axis]}; leave --${axis} out`);
  const end = (there.at(-1) ?? -1) + 1;
  const wanted = new Set<number>();
  for (const range of ranges) {
    const { from, to = end } = range;
    const found = there.filter((i) => i >= from && i < to);
    if (found.length === 0 || to > end) {
      throw dataError(
        `${name}: --${axis} ${spellRange(range)}, where there ${there.length === 1 ? 'is' : 'are'} ${spellNumbers(there)}`,
      );
    }
    for (const i of found) wanted.add(i);
  }
  return there.filter((i) => wanted.has(i));
}

/** As it was asked for. */
const spellRange = ({ from, to }: IndexRange): string => (to === from + 1 ? `${from}` : `${from}:${to ?? ''}`);

/** `0 to 7`, or the numbers where some between are missing. */
export const spellNumbers = (numbers: readonly number[]): string =>
  numbers.length > 1 && numbers.at(-1)! - numbers[0]! === numbers.length - 1
    ? `${numbers[0]} to ${numbers.at(-1)}`
    : listed(numbers.map(String), LISTED);

/**
 * Where the matrix lies in an array that queries at a target need: key head floor(h * heads / of.heads). What has no such axis,
 * or one of length 1, is for all of them.
 * @throws LevattnError where heads cannot be grouped, or examples do not agree
 */
export function placeFor(
  { layer, batch, head, of }: QueryHead,
  shape: Pick<HeadShape, 'layers' | 'batch' | 'heads'>,
  name: string,
): HeadPlace {
  const at = layerFor(layer, shape.layers, name);
  if (of.heads % shape.heads !== 0) {
    const advice =
      shape.heads % of.heads === 0
        ? 'are K and Q swapped?'
        : 'check --layout and --heads, and that both are of one model';
    throw dataError(
      `${name}: ${shape.heads} heads for ${of.heads} heads of queries, which must be a multiple of them; ${advice}`,
    );
  }
  if (shape.batch !== 1 && shape.batch !== of.batch) {
    throw dataError(`${name}: ${shape.batch} examples where the queries have ${of.batch}; both must agree`);
  }
  const place = { batch: shape.batch === 1 ? 0 : batch, head: Math.floor((head * shape.heads) / of.heads) };
  return at === undefined ? place : { layer: at, ...place };
}

/** The layer in an array of some layers; undefined where it has no such axis. */
function layerFor(layer: number | undefined, layers: number | undefined, name: string): number | undefined {
  if (layers === undefined) return undefined;
  if (layer === undefined) {
    throw dataError(`${name}: has ${count(layers)} layers where the queries have none; choose one as FILE::TENSOR[0]`);
  }
  if (layer >= layers)
    throw dataError(`${name}: lacks layer ${layer}, which the queries have; it has 0 to ${layers - 1}`);
  return layer;
}

/** The coordinates of a place along the axes that there are. */
export const coordinates = ({ axes }: Pick<HeadShape, 'axes'>, place: HeadPlace): number[] =>
  axes.map((axis) => place[axis] ?? 0);

/** The same by the names of the axes: `{ batch: 1, head: 3 }`. */
export const namedCoordinates = ({ axes }: Pick<HeadShape, 'axes'>, place: HeadPlace): Record<string, number> =>
  Object.fromEntries(axes.map((axis) => [axis, place[axis] ?? 0]));

/** `head 3`, `batch 1, head 3`; empty where there is one matrix. */
export const spellPlace = ({ axes }: Pick<HeadShape, 'axes'>, place: HeadPlace): string =>
  axes.map((axis) => `${axis} ${place[axis]}`).join(', ');

/** Whether two places are the same. */
export const samePlace = (one: HeadPlace, other: HeadPlace): boolean =>
  (one.layer ?? 0) === (other.layer ?? 0) && one.batch === other.batch && one.head === other.head;

/** The order of places: by layer, example, head. */
export const comparePlaces = (one: HeadPlace, other: HeadPlace): number =>
  (one.layer ?? 0) - (other.layer ?? 0) || one.batch - other.batch || one.head - other.head;
