/** The matrices of an array, one alone or one after another. */

import { dataError } from '../../errors.js';
import type { MatrixReader } from '../row-block.js';
import { passOver } from '../stacked-rows.js';
import { demultiplex } from './demultiplexer.js';
import {
  type HeadChoice,
  type HeadPlace,
  namedCoordinates,
  placeFor,
  placesOf,
  type QueryHead,
  spellPlace,
} from './head-index.js';
import { nextRows, oneOfHeads, rowsWithin } from './head-reader.js';
import { type HeadShape, headShape, type LayoutOptions } from './layout.js';

/** A matrix of an array, and where it lies in it. */
export interface HeadReader {
  readonly place: HeadPlace;
  readonly reader: MatrixReader;
}

/** How an array of matrices is read, and which of them. */
export interface HeadOptions extends LayoutOptions, HeadChoice {
  /** Whose matrix is read of an array of heads; else those of {@link HeadChoice}. */
  readonly target?: QueryHead | undefined;
}

/**
 * The only matrix of an array that is asked for: the one at the target, else the one that is chosen.
 * @throws LevattnError where there are several
 */
export function onlyMatrix(reader: MatrixReader, options: HeadOptions): MatrixReader {
  const shape = headShape(reader, options);
  if (shape.axes.length === 0) {
    if (!options.target) placesOf(shape, options, reader.name);
    return reader;
  }
  if (options.target) return matrixAt(reader, shape, placeFor(options.target, shape, reader.name));
  const places = placesOf(shape, options, reader.name);
  if (places.length === 1) return matrixAt(reader, shape, places[0]!);
  throw dataError(
    `${reader.name}: ${spellCount(shape)} of (n, d), but one matrix is expected; choose one with ${shape.axes.map((axis) => `--${axis} 0`).join(' ')}`,
  );
}

/** How many matrices there are, in words. */
function spellCount({ axes, layers = 1, batch, heads }: HeadShape): string {
  const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;
  const counts = { layer: count(layers, 'layer'), batch: count(batch, 'example'), head: count(heads, 'head') };
  return axes.map((axis) => counts[axis]).join(' of ');
}

/** The matrix at a place alone. */
function matrixAt(reader: MatrixReader, shape: HeadShape, place: HeadPlace): MatrixReader {
  const name = nameOf(reader, shape, place);
  const rows = rowsOfGroup(reader, shape);
  const among = { layer: shape.layers, batch: shape.batch, head: shape.heads };
  const placed = { ...reader, at: namedCoordinates(shape, place), among };
  const at = groupOf(shape, place);
  const before = at === 0 ? 0 : at * rows!;
  if (!shape.interleaved) return rowsWithin(placed, before, rows, name);
  return oneOfHeads(rowsWithin(placed, before, rows, name), shape.d, shape.heads, place.head);
}

/**
 * The matrices at some places in one pass, in groups. Those of a group must be read side by side, and to their ends before the
 * next group is asked for; unless heads are interleaved, each group is one matrix.
 *
 * @param places - in the order of the array
 */
export async function* headGroups(
  reader: MatrixReader,
  shape: HeadShape,
  places: readonly HeadPlace[],
): AsyncGenerator<readonly HeadReader[], void, undefined> {
  if (shape.axes.length === 0) {
    yield places.map((place) => ({ place, reader }));
    return;
  }
  const rows = rowsOfGroup(reader, shape);
  const groups = (shape.layers ?? 1) * shape.batch * (shape.interleaved ? 1 : shape.heads);
  // What is not asked for after the last one is passed over, too: another matrix may follow.
  for (let group = 0; group < groups; group++) {
    const wanted = places.filter((place) => groupOf(shape, place) === group);
    const part = unclosed(nextRows(reader, rows, reader.name));
    if (wanted.length > 0) yield readersOf(part, shape, wanted);
    await passOver(part);
  }
  await passOver(reader);
  await reader.close();
}

function readersOf(part: MatrixReader, shape: HeadShape, places: readonly HeadPlace[]): readonly HeadReader[] {
  const nameAt = (place: HeadPlace): string => nameOf(part, shape, place);
  if (!shape.interleaved) return places.map((place) => ({ place, reader: { ...part, name: nameAt(place) } }));
  const names = Array.from({ length: shape.heads }, (_, head) => {
    const place = places.find((candidate) => candidate.head === head);
    return place && nameAt(place);
  });
  const readers = demultiplex(part, shape, names);
  return places.map((place, i) => ({ place, reader: readers[i]! }));
}

/** Which of the matrices, or of the groups of heads that are interleaved, a place is in. */
function groupOf({ batch: examples, heads, interleaved }: HeadShape, { layer = 0, batch, head }: HeadPlace): number {
  const example = layer * examples + batch;
  return interleaved ? example : example * heads + head;
}

/** Rows of the reader that belong to one matrix, or to the matrices that are interleaved. */
const rowsOfGroup = (reader: MatrixReader, { n, d, heads, interleaved }: HeadShape): number | undefined =>
  n === undefined || !interleaved ? n : (n * heads * d) / reader.d;

const nameOf = ({ name }: MatrixReader, shape: HeadShape, place: HeadPlace): string =>
  `${name}, ${spellPlace(shape, place)}`;

/** Whoever reads a part closes that, and not the whole. */
const unclosed = (reader: MatrixReader): MatrixReader => ({ ...reader, close: async () => {} });
