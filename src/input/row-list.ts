/**
 * Lists of rows of K: npy arrays of whole numbers as `select-keys -o U.npy` writes them, (|U|), or with the head of each row before it
 * (|U|, 2), its example of the batch and head (|U|, 3), or its layer before these (|U|, 4); and tables with the same columns.
 */

import { dataError, type LevattnError } from '../errors.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { readNpyHeader } from '../formats/npy/header.js';
import { openNpyArray } from '../formats/npy-array.js';
import { recogniseFormat } from '../formats/open.js';
import { readRowMajor } from '../formats/rows.js';
import { spellShape } from '../formats/tensors.js';
import type { HeadAxis } from '../rows/row-block.js';
import { allocate } from '../rows/row-block.js';
import { count } from '../text.js';
import { openInput } from './open.js';
import { type RowEntries, readRowTable } from './row-table.js';

/** Elements read at a time. */
const PART = 2 ** 16;

/** Which matrix the rows are of. */
export interface RowsOf {
  /** The head, and the example of a batch, of the matrix; empty where there are no heads. Of a list that names them, the rows of these alone. */
  readonly at?: Readonly<Partial<Record<HeadAxis, number>>> | undefined;
  /** How many heads and examples there are. */
  readonly among?: Readonly<Partial<Record<HeadAxis, number>>> | undefined;
  /** Why a row cannot be taken, such as `and K.npy has 512 rows`; undefined where it can. */
  readonly refuse?: ((row: number) => string | undefined) | undefined;
  /** Told in one line of what the user should know of the list. */
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * Reads a list of rows.
 *
 * @param path - of the list
 * @param bytes - of that path, where it has been opened
 * @returns the rows in the order of the list: of one that it names twice, the first time
 * @throws LevattnError where the input is no such list, breaks off, or names other axes, heads or rows than there are
 */
export async function readRows(path: string, of: RowsOf, bytes?: ByteReader): Promise<Float64Array> {
  const { at = {}, among = {}, refuse, warn } = of;
  const input = bytes ?? (await openInput(path, 'rows'));
  const { name } = input;
  const axes = Object.keys(at) as HeadAxis[];
  const isTable = (await recogniseFormat(input)).hasColumns;
  if (isTable) await input.close();
  const list = isTable ? await readRowTable(path, axes) : await readRowArray(input, axes);
  const { length, width } = list;
  const rows = new Set<number>();
  const again: number[] = [];
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < width; j++) {
      const element = list.at(i, j);
      if (Number.isSafeInteger(element) && element >= 0) continue;
      throw dataError(`${name}: element ${i * width + j} is ${element}; rows are whole numbers counted from 0`);
    }
    const beyond =
      width === 1 ? -1 : axes.findIndex((axis, j) => list.at(i, j) >= (among[axis] ?? Number.POSITIVE_INFINITY));
    if (beyond >= 0) throw namesBeyond(name, axes[beyond]!, list.at(i, beyond), among);
    if (width > 1 && axes.some((axis, j) => list.at(i, j) !== at[axis])) continue;
    const row = list.at(i, width - 1);
    const reason = refuse?.(row);
    if (reason !== undefined) throw dataError(`${name}: entry ${i} names row ${row}, ${reason}; leave it out`);
    if (rows.has(row)) again.push(row);
    rows.add(row);
  }
  if (again.length > 0) {
    const others = again.length === 1 ? '' : `, and ${count(again.length - 1)} more are named again`;
    warn?.(`${name}: names row ${again[0]} twice${others}; each counts once, where it is named first`);
  }
  return Float64Array.from(rows);
}

/**
 * The same ascending.
 * @throws LevattnError as {@link readRows} does
 */
export const readRowList = async (path: string, of: RowsOf): Promise<Float64Array> => (await readRows(path, of)).sort();

/** The elements of an array. */
async function readRowArray(input: ByteReader, axes: readonly HeadAxis[]): Promise<RowEntries> {
  const bytes = await openNpyArray(input);
  const { type, bigEndian, fortranOrder, shape } = await readNpyHeader(bytes, 'both');
  const [length = 0, width = 1] = shape;
  const refuse = (reason: string): LevattnError =>
    dataError(`${bytes.name}: ${type.name} array of shape ${spellShape(shape)}, but ${reason}`);
  if (type.floating || type.name === 'bool' || shape.length === 0 || shape.length > 2) {
    throw refuse('a list of rows is one of whole numbers, as select-keys -o U.npy writes it');
  }
  if (width !== 1 && width !== 1 + axes.length) {
    throw refuse(
      axes.length === 0
        ? 'K is one matrix, whose rows are a list of one axis'
        : `the rows of these heads are a list of one axis, or of the columns ${[...axes, 'row'].join(', ')}`,
    );
  }
  const readElements = readRowMajor(bytes, type, 1, bigEndian);
  const part = allocate(type.dtype, PART);
  const elements: number[] = [];
  while (elements.length < length * width) {
    const read = await readElements(part, Math.min(PART, length * width - elements.length));
    if (read === 0) throw bytes.breaksOff(`data ends at element ${elements.length} of ${length * width}`);
    for (const element of part.subarray(0, read)) elements.push(element);
  }
  return { length, width, at: (i, j) => elements[fortranOrder ? j * length + i : i * width + j]! };
}

function namesBeyond(
  name: string,
  axis: HeadAxis,
  number: number,
  among: Readonly<Partial<Record<HeadAxis, number>>>,
): LevattnError {
  const count = among[axis];
  const advice =
    axis === 'head'
      ? '; rows are those of key heads, and of query heads only in a file for each, as rows{head}.npy'
      : '; leave its rows out';
  return dataError(`${name}: names ${axis} ${number}, and K has ${count}${advice}`);
}
