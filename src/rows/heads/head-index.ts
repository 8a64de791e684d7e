/** Which head of which example a matrix belongs to, and which of them are asked for. */

import { dataError, type LevattnError } from '../../errors.js';
import type { HeadShape } from './layout.js';

/** A matrix among those of an array; 0 along an axis that it does not have. */
export interface HeadPlace {
  readonly batch: number;
  readonly head: number;
}

/**
 * Where to look in every input of a computation: the place of its queries, and how many there are. Keys have as many heads
 * or fewer, each for a group of query heads that follow one another (grouped-query attention).
 */
export interface QueryHead extends HeadPlace {
  /** Heads and examples of the queries. */
  readonly of: { readonly batch: number; readonly heads: number };
}

/** Numbers a … b - 1; b is undefined up to the end. */
export interface IndexRange {
  readonly from: number;
  readonly to: number | undefined;
}

/** What is asked for along each axis; everything where nothing is said. */
export interface HeadChoice {
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
  shape: Pick<HeadShape, 'axes' | 'batch' | 'heads'>,
  { head, batch }: HeadChoice,
  name: string,
): HeadPlace[] {
  const heads = indicesOf(head, shape.heads, 'head', shape, name);
  return indicesOf(batch, shape.batch, 'batch', shape, name).flatMap((at) =>
    heads.map((index) => ({ batch: at, head: index })),
  );
}

function indicesOf(
  ranges: readonly IndexRange[] | undefined,
  count: number,
  axis: 'head' | 'batch',
  { axes }: Pick<HeadShape, 'axes'>,
  name: string,
): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  if (!ranges) return all;
  if (!axes.includes(axis))
    throw dataError(`${name}: has no axis of ${axis === 'head' ? 'heads' : 'a batch'}; leave --${axis} out`);
  const range = (from: number, to: number): LevattnError =>
    dataError(`${name}: --${axis} ${from}${to > from + 1 ? `:${to}` : ''}, where there are 0 to ${count - 1}`);
  const wanted = new Set<number>();
  for (const { from, to = count } of ranges) {
    if (from >= count || to > count || from >= to) throw range(from, to);
    for (let i = from; i < to; i++) wanted.add(i);
  }
  return all.filter((i) => wanted.has(i));
}

/**
 * Where the matrix lies in an array that queries at a target need: key head floor(h * heads / of.heads). What has no such axis,
 * or one of length 1, is for all of them.
 * @throws LevattnError where heads cannot be grouped, or examples do not agree
 */
export function placeFor(
  { batch, head, of }: QueryHead,
  shape: Pick<HeadShape, 'batch' | 'heads'>,
  name: string,
): HeadPlace {
  if (of.heads % shape.heads !== 0) {
    const swapped = shape.heads % of.heads === 0 ? '; are K and Q swapped?' : '';
    throw dataError(
      `${name}: ${shape.heads} heads for ${of.heads} heads of queries, which must be a multiple of them${swapped}`,
    );
  }
  if (shape.batch !== 1 && shape.batch !== of.batch) {
    throw dataError(`${name}: ${shape.batch} examples where the queries have ${of.batch}; both must agree`);
  }
  return { batch: shape.batch === 1 ? 0 : batch, head: Math.floor((head * shape.heads) / of.heads) };
}

/** The coordinates of a place along the axes that there are. */
export const coordinates = ({ axes }: Pick<HeadShape, 'axes'>, place: HeadPlace): number[] =>
  axes.map((axis) => place[axis]);

/** The same by the names of the axes: `{ batch: 1, head: 3 }`. */
export const namedCoordinates = ({ axes }: Pick<HeadShape, 'axes'>, place: HeadPlace): Record<string, number> =>
  Object.fromEntries(axes.map((axis) => [axis, place[axis]]));

/** `head 3`, `batch 1, head 3`; empty where there is one matrix. */
export const spellPlace = ({ axes }: Pick<HeadShape, 'axes'>, place: HeadPlace): string =>
  axes.map((axis) => `${axis} ${place[axis]}`).join(', ');
