/** The arrays of an input with the shapes that their headers tell, and the matrices in them. */

import { dataError } from '../errors.js';
import type { PlacedName } from '../formats/naming/pattern.js';
import { choose, comparePlaces, type HeadPlace, placesOf, type QueryHead } from '../rows/heads/head-index.js';
import { type HeadShape, headShape } from '../rows/heads/layout.js';
import type { HeadAxis } from '../rows/row-block.js';
import { isPattern, matchName } from './named-inputs.js';
import { SILENT } from './notices.js';
import { openInput, openInputArray } from './open.js';
import type { InputOptions } from './options.js';
import { numbersIn } from './sources.js';

/** An array of an input. */
export interface InputArray extends PlacedName {
  readonly shape: HeadShape;
}

/** A matrix of an input, and the array that it is in. */
export interface InputMatrix {
  readonly place: HeadPlace;
  readonly array: InputArray;
  /** Its place in the array: without what the array's name says. */
  readonly within: HeadPlace;
}

/** The arrays of an input, and what tells their matrices apart. */
export interface InputArrays {
  /** The input, as it was named. */
  readonly name: string;
  readonly axes: readonly HeadAxis[];
  readonly arrays: readonly InputArray[];
}

/**
 * The arrays at a name, by their headers.
 * @throws LevattnError where one cannot be read, or they have different axes
 */
export async function inputArrays(name: string, options: InputOptions): Promise<InputArrays> {
  const matches = isPattern(name)
    ? (options.named?.get(name) ?? (await matchName(name, options.inputFormat)))
    : [{ name, place: {} }];
  const arrays: InputArray[] = [];
  for (const match of matches) {
    // Notices are given when the file is read.
    const reader = await openInputArray(await openInput(match.name, 'matrix'), options, SILENT);
    await reader.close();
    arrays.push({ ...match, shape: headShape(reader, options) });
  }
  return { name, axes: axesOf(arrays), arrays };
}

/** The arrays of an input that has been opened. */
export const arraysOfOne = (name: string, shape: HeadShape): InputArrays => ({
  name,
  axes: shape.axes,
  arrays: [{ name, place: {}, shape }],
});

/** What the names alone say of inputs that are no arrays: each serves all heads. */
export const arraysMade = (name: string, matches: readonly PlacedName[]): InputArrays => {
  const shape = { axes: [], batch: 1, heads: 1, n: undefined, d: 1, interleaved: false };
  const arrays = matches.map((match) => ({ ...match, shape }));
  return { name, axes: axesOf(arrays), arrays };
};

const AXES: readonly HeadAxis[] = ['layer', 'batch', 'head'];

/** What tells matrices apart, by their names or by axes of their arrays. */
function axesOf(arrays: readonly InputArray[]): readonly HeadAxis[] {
  const own = ({ name, place, shape }: InputArray): readonly HeadAxis[] => {
    const twice = shape.axes.find((axis) => place[axis] !== undefined);
    if (twice !== undefined) {
      throw dataError(
        `${name}: has an axis of ${twice === 'batch' ? 'a batch' : `${twice}s`}, which its name says, too; take one of them, as FILE::TENSOR[0], or say --layout`,
      );
    }
    return AXES.filter((axis) => place[axis] !== undefined || shape.axes.includes(axis));
  };
  const [first, ...others] = arrays;
  const axes = own(first!);
  for (const other of others) {
    if (own(other).join() === axes.join()) continue;
    throw dataError(
      `${other.name}: its axes are (${spellAxes(other.shape)}) where ${first!.name} has (${spellAxes(first!.shape)}); both must agree`,
    );
  }
  return axes;
}

const spellAxes = ({ axes }: HeadShape): string => [...axes, 'n', 'd'].join(', ');

/** All matrices of an input, in the order of their places. */
export const matricesIn = ({ arrays, name }: InputArrays): InputMatrix[] =>
  arrays
    .flatMap((array) =>
      placesOf(array.shape, {}, name).map(
        (within): InputMatrix => ({ place: { ...within, ...array.place }, array, within }),
      ),
    )
    .sort((one, other) => comparePlaces(one.place, other.place));

/**
 * The matrices that are asked for.
 * @throws LevattnError where there are none of that place
 */
export function chosenIn(arrays: InputArrays, options: InputOptions): InputMatrix[] {
  const { axes, name } = arrays;
  return AXES.reduce((left, axis) => {
    if (options[axis] === undefined) return left;
    const there = axes.includes(axis)
      ? numbersIn(
          left.map(({ place }) => place),
          axis,
        )
      : [];
    const numbers = new Set(choose(options[axis], there, axis, axes, nameOfOne(arrays) ?? name));
    return left.filter(({ place }) => numbers.has(place[axis] ?? 0));
  }, matricesIn(arrays));
}

/** What messages call an input of one array. */
const nameOfOne = ({ arrays }: InputArrays): string | undefined => (arrays.length === 1 ? arrays[0]!.name : undefined);

/** How many heads and examples there are in the layer of each place. */
export function countsByLayer(matrices: readonly InputMatrix[]): (place: HeadPlace) => QueryHead['of'] {
  const counts = new Map<number, { batch: number; heads: number }>();
  for (const { place, array } of matrices) {
    const layer = place.layer ?? 0;
    const { batch, heads } = counts.get(layer) ?? { batch: 0, heads: 0 };
    counts.set(layer, {
      batch: Math.max(batch, array.shape.batch, place.batch + 1),
      heads: Math.max(heads, array.shape.heads, place.head + 1),
    });
  }
  return ({ layer = 0 }) => counts.get(layer)!;
}
