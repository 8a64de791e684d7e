/** What an index takes of an array, as an array of its own: rows that are not wanted are passed over. */

import { dataError } from '../../errors.js';
import { allocate, type MatrixReader } from '../row-block.js';
import { passOver, skipRows } from '../stacked-rows.js';
import { type AxisRange, type BasicIndex, type Run, rangesOf, runsOf, shapeOf } from './basic-index.js';

/** Numbers read at a time, where parts of rows are taken. */
const STAGED = 2 ** 18;

/** Rows between two that are wanted which are read rather than passed over, as numbers. */
const GAP = 2 ** 13;

/**
 * A reader of what an index takes.
 * @throws LevattnError where the reader does not say how many rows it has, there is no such place, or no matrix is left
 */
export function indexedRows(reader: MatrixReader, index: BasicIndex): MatrixReader {
  const { name, rows, d } = reader;
  if (reader.idType) {
    throw dataError(
      `${name}: ${index.text} takes a part of its rows, which leaves their ids out; leave --id-column out`,
    );
  }
  if (rows === undefined) {
    throw dataError(
      `${name}: does not say how many rows it has, which ${index.text} needs; convert it with levattn convert -o K.npy`,
    );
  }
  const ranges = rangesOf(index, reader.shape ?? [rows, d], name);
  const shape = shapeOf(ranges);
  const width = shape.at(-1);
  if (shape.length < 2 || width === undefined || width === 0) {
    throw dataError(
      `${name}: ${index.text} leaves shape (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), but rows and columns are expected; a range such as 0:1 keeps an axis`,
    );
  }
  const n = shape.slice(0, -1).reduce((all, length) => all * length, 1);
  const pieces = piecesOf(reader, ranges);
  /** Numbers that the next row has already. */
  let done = 0;
  return {
    ...reader,
    description: `${reader.description}, of which ${index.text}`,
    columnNames: undefined,
    onlyIntegers: undefined,
    d: width,
    shape: shape.length > 2 ? shape : undefined,
    rows: n,
    skip: undefined,
    async read(into, maxRows) {
      const most = Math.min(maxRows, n - done);
      if (most === 0) {
        await passOver(reader);
        return 0;
      }
      let filled = 0;
      // A row may be made of numbers of several rows.
      while (filled === 0 || filled % width !== 0) {
        const count = await pieces(into.subarray(filled, most * width));
        if (count === 0) throw dataError(`${name}: data ends in row ${done} of ${n}; write it again`);
        filled += count;
      }
      done += filled / width;
      return filled / width;
    },
  };
}

/** Fills an array with the next numbers that are wanted, as many as are at hand; 0 at the end. */
type ReadPieces = (into: Float32Array | Float64Array) => Promise<number>;

function piecesOf(reader: MatrixReader, ranges: readonly AxisRange[]): ReadPieces {
  const { d, dtype } = reader;
  const columns = ranges.at(-1)!;
  const width = columns.to - columns.from;
  const most = Math.max(1, Math.floor(STAGED / d));
  const staged = allocate(dtype, most * d);
  const runs = joined(runsOf(ranges.slice(0, -1)), Math.floor(GAP / d));
  let position = 0;
  /** Rows that are staged, from `first` on, and the wanted ones among them that have not been taken. */
  let first = 0;
  let available = 0;
  let wanted: Run[] = [];
  let part = runs.next();
  let offset = 0;

  const load = async (): Promise<void> => {
    while (!part.done && offset === part.value.count) {
      part = runs.next();
      offset = 0;
    }
    available = 0;
    if (part.done) return;
    const { start, count, runs: own } = part.value;
    const from = start + offset;
    if (from > position) position += await skipRows(reader, from - position);
    available = position < from ? 0 : await reader.read(staged, Math.min(most, count - offset));
    first = from;
    position += available;
    offset += available;
    wanted = own.flatMap((run) => {
      const begin = Math.max(run.start, first);
      const end = Math.min(run.start + run.count, first + available);
      return begin < end ? [{ start: begin, count: end - begin }] : [];
    });
  };

  return async (into) => {
    let filled = 0;
    while (wanted.length === 0) {
      await load();
      if (available === 0) return 0;
    }
    while (wanted.length > 0 && filled + width <= into.length) {
      const { start, count } = wanted.shift()!;
      const rows = Math.min(count, Math.floor((into.length - filled) / width));
      for (let i = 0; i < rows; i++, filled += width) {
        const at = (start - first + i) * d + columns.from;
        into.set(staged.subarray(at, at + width), filled);
      }
      if (rows < count) wanted.unshift({ start: start + rows, count: count - rows });
    }
    return filled;
  };
}

/** Rows that are read together, with the wanted ones among them. */
interface Stretch extends Run {
  readonly runs: readonly Run[];
}

/** The most runs of a stretch: more are read in several. */
const MOST_RUNS = 4096;

/** Runs with at most `gap` rows between them are read as one. */
function* joined(runs: Iterable<Run>, gap: number): Generator<Stretch, void, undefined> {
  let together: Run[] = [];
  const stretch = (): Stretch => {
    const { start } = together[0]!;
    const end = together.at(-1)!;
    return { start, count: end.start + end.count - start, runs: together };
  };
  for (const run of runs) {
    const before = together.at(-1);
    if (before && (run.start - before.start - before.count > gap || together.length === MOST_RUNS)) {
      yield stretch();
      together = [];
    }
    together.push(run);
  }
  if (together.length > 0) yield stretch();
}
