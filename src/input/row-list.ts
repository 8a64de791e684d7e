/**
 * Lists of rows: npy arrays of whole numbers as `select-keys -o U.npy` writes them: (|U|), or with the head of each row before it
 * (|U|, 2), its example of the batch and head (|U|, 3), or its layer before these (|U|, 4).
 */

import { dataError, type LevattnError } from '../errors.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { readNpyHeader } from '../formats/npy/header.js';
import { openNpyArray } from '../formats/npy-array.js';
import { readRowMajor } from '../formats/rows.js';
import { spellShape } from '../formats/tensors.js';
import type { HeadAxis } from '../rows/row-block.js';
import { allocate } from '../rows/row-block.js';

/** Elements read at a time. */
const PART = 2 ** 16;

/**
 * Reads a list of row indices.
 *
 * @param at - the head, and the example of a batch, of the matrix that they are rows of; empty where there are no heads. Of a list that
 *   names them, the rows of these alone
 * @param among - how many heads and examples there are
 * @returns the indices, ascending, each once
 * @throws LevattnError where the input is no such list, breaks off, or names other axes or heads than there are
 */
export const readRowList = async (
  input: ByteReader,
  at: Readonly<Partial<Record<HeadAxis, number>>> = {},
  among: Readonly<Partial<Record<HeadAxis, number>>> = {},
): Promise<Float64Array> => (await readRowsInOrder(input, at, among)).sort();

/**
 * The same in the order of the list: of a row that it names twice, the first time.
 * @throws LevattnError as {@link readRowList} does
 */
export async function readRowsInOrder(
  input: ByteReader,
  at: Readonly<Partial<Record<HeadAxis, number>>> = {},
  among: Readonly<Partial<Record<HeadAxis, number>>> = {},
): Promise<Float64Array> {
  const bytes = await openNpyArray(input);
  const { type, bigEndian, fortranOrder, shape } = await readNpyHeader(bytes, 'both');
  const [length = 0, width = 1] = shape;
  const axes = Object.entries(at);
  const refuse = (reason: string): LevattnError =>
    dataError(`${bytes.name}: ${type.name} array of shape ${spellShape(shape)}, but ${reason}`);
  if (type.floating || type.name === 'bool' || shape.length === 0 || shape.length > 2) {
    throw refuse('a list of rows is one of whole numbers, as select-keys -o U.npy writes it');
  }
  if (width !== 1 && width !== 1 + axes.length) {
    throw refuse(
      axes.length === 0
        ? 'K is one matrix, whose rows are a list of one axis'
        : `the rows of these heads are a list of one axis, or of the columns ${[...axes.map(([axis]) => axis), 'row'].join(', ')}`,
    );
  }
  const readRows = readRowMajor(bytes, type, 1, bigEndian);
  const part = allocate(type.dtype, PART);
  const elements: number[] = [];
  while (elements.length < length * width) {
    const count = await readRows(part, Math.min(PART, length * width - elements.length));
    if (count === 0) throw bytes.breaksOff(`data ends at element ${elements.length} of ${length * width}`);
    for (const element of part.subarray(0, count)) elements.push(element);
  }
  const bad = elements.findIndex((element) => element < 0);
  if (bad >= 0) throw dataError(`${bytes.name}: element ${bad} is ${elements[bad]}; rows are counted from 0`);
  const elementAt = (i: number, j: number): number => elements[fortranOrder ? j * length + i : i * width + j]!;
  const rows = new Set<number>();
  for (let i = 0; i < length; i++) {
    const beyond =
      width === 1
        ? -1
        : axes.findIndex(([axis], j) => elementAt(i, j) >= (among[axis as HeadAxis] ?? Number.POSITIVE_INFINITY));
    if (beyond >= 0) throw namesBeyond(bytes.name, axes[beyond]![0] as HeadAxis, elementAt(i, beyond), among);
    const here = width === 1 || axes.every(([, index], j) => elementAt(i, j) === index);
    if (here) rows.add(elementAt(i, width - 1));
  }
  return Float64Array.from(rows);
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
