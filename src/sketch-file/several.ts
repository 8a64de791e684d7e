/**
 * Sketches of several layers, examples and heads in one file: a sketch file whose header has those of all of them with their places, and
 * whose state is a list of theirs. A file of one matrix is as it always was.
 */

import { dataError, type LevattnError } from '../errors.js';
import { coordinates, type HeadChoice, type HeadPlace, type QueryHead } from '../rows/heads/head-index.js';
import { type Placed, type PlacedThings, placedChosen, placedFor, placedOnly } from '../rows/heads/placed.js';
import type { HeadAxis } from '../rows/row-block.js';
import type { State } from '../sketch/state.js';
import { SEVERAL, type SketchContent } from './content.js';
import { isList, isObject, type JsonObject, type JsonValue } from './json.js';

/** The sketch of one place. */
export interface PlacedSketch extends Placed {
  readonly content: SketchContent;
}

/** The sketches in a file: one without axes, or one for each of several places. */
export interface Sketches {
  readonly shape: PlacedThings<PlacedSketch>['shape'];
  readonly sketches: readonly PlacedSketch[];
}

/** What a file of several sketches holds; of a single matrix, its sketch. */
export function joinSketches({ shape, sketches }: Sketches): SketchContent {
  const { axes, batch, heads } = shape;
  if (axes.length === 0) return sketches[0]!.content;
  const places = sketches.map(({ place, of, content }): JsonObject => {
    const counts = of && { of: [of.batch, of.heads] };
    return { at: coordinates(shape, place), ...counts, header: content.header };
  });
  return {
    header: { kind: SEVERAL, axes, batch, heads, places },
    state: { sketches: sketches.map(({ content }) => content.state) },
  };
}

/**
 * The sketches that a file holds.
 * @param name - of the file, for messages
 * @throws LevattnError where it contradicts itself
 */
export function splitSketches(content: SketchContent, name: string): Sketches {
  const { header, state } = content;
  if (header.kind !== SEVERAL) {
    return { shape: { axes: [], batch: 1, heads: 1 }, sketches: [{ place: { batch: 0, head: 0 }, content }] };
  }
  const refuse = (reason: string): LevattnError =>
    dataError(`${name}: a sketch that contradicts itself (${reason}); make it again with levattn sketch`);
  const axes = AXES.filter((axis) => isList(header.axes) && header.axes.includes(axis));
  const { batch, heads, places } = header;
  if (axes.length === 0 || !isCount(batch) || !isCount(heads)) throw refuse('its axes are none');
  const states = state.sketches;
  if (!isList(places) || !isStates(states) || places.length !== states.length || places.length === 0) {
    throw refuse('it has other places than sketches');
  }
  const sketches = places.map((part, i): PlacedSketch => {
    if (!isObject(part) || !isObject(part.header)) throw refuse(`place ${i} has no header`);
    const numbers = isList(part.at) ? part.at : [];
    if (numbers.length !== axes.length || !numbers.every(isIndex)) throw refuse(`place ${i} is none`);
    const of = part.of === undefined ? undefined : countsIn(part.of);
    if (part.of !== undefined && !of) throw refuse(`place ${i} is of no heads`);
    const place = Object.fromEntries(axes.map((axis, j) => [axis, numbers[j]]));
    return {
      place: { batch: 0, head: 0, ...place } as HeadPlace,
      ...(of && { of }),
      content: { header: part.header, state: states[i]! },
    };
  });
  return { shape: { axes, batch, heads }, sketches };
}

const AXES: readonly HeadAxis[] = ['layer', 'batch', 'head'];

const isIndex = (value: JsonValue): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isCount = (value: JsonValue | undefined): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const isStates = (value: State[string]): value is readonly State[] => Array.isArray(value);

function countsIn(value: JsonValue): QueryHead['of'] | undefined {
  const [batch, heads] = isList(value) ? value : [];
  return isCount(batch) && isCount(heads) ? { batch, heads } : undefined;
}

const thingsOf = ({ shape, sketches }: Sketches): PlacedThings<PlacedSketch> => ({
  shape,
  items: sketches,
  noun: 'sketch',
  nouns: 'sketches',
});

/** The sketch that queries at a target need. */
export const sketchFor = (sketches: Sketches, target: QueryHead, name: string): SketchContent =>
  placedFor(thingsOf(sketches), target, name).content;

/** The only sketch, or the only one that is chosen. */
export const onlySketch = (sketches: Sketches, choice: HeadChoice, name: string): SketchContent =>
  sketches.shape.axes.length === 0
    ? sketches.sketches[0]!.content
    : placedOnly(thingsOf(sketches), choice, name).content;

/** The sketches that are chosen. */
export const chosenSketches = (sketches: Sketches, choice: HeadChoice, name: string): Sketches => ({
  shape: sketches.shape,
  sketches: placedChosen(thingsOf(sketches), choice, name),
});
