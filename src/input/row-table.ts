/**
 * Lists of rows in tables, as `select-keys -o` writes them and as text: a column `index` or `row`, and before it in meaning `layer`, `batch` and
 * `head`, as many of them as K has; or numbers alone, a row of K a line, in the order of those columns.
 */

import { dataError, type LevattnError } from '../errors.js';
import { openMatrix, recogniseFormat } from '../formats/open.js';
import type { HeadAxis, MatrixReader } from '../rows/row-block.js';
import { allocate } from '../rows/row-block.js';
import { canReadAgain, nameOfInput, openInput } from './open.js';

/** Columns that hold rows of K. */
const ROW_COLUMNS = ['index', 'row'];

const AXES: readonly HeadAxis[] = ['layer', 'batch', 'head'];

/** Rows read at a time. */
const PART = 4096;

/** Numbers of a list: `length` entries of `width`, the row of K last. */
export interface RowEntries {
  readonly length: number;
  readonly width: number;
  at(entry: number, column: number): number;
}

/**
 * Reads a table.
 * @param axes - along which K lies
 * @throws LevattnError where it holds no such list, or can be read once only
 */
export async function readRowTable(name: string, axes: readonly HeadAxis[]): Promise<RowEntries> {
  if (!canReadAgain(name)) {
    throw dataError(`${nameOfInput(name)}: a table of rows is opened more than once; give it as a file, or as npy`);
  }
  const reader = (await openNamed(name, axes)) ?? (await openNumbers(name, axes));
  const elements: number[] = [];
  const part = allocate(reader.dtype, PART * reader.d);
  for (let count = await reader.read(part, PART); count > 0; count = await reader.read(part, PART)) {
    for (const element of part.subarray(0, count * reader.d)) elements.push(element);
  }
  await reader.close();
  return { length: elements.length / reader.d, width: reader.d, at: (i, j) => elements[i * reader.d + j]! };
}

/** By the names of columns; undefined where none holds rows. */
async function openNamed(name: string, axes: readonly HeadAxis[]): Promise<MatrixReader | undefined> {
  for (const column of ROW_COLUMNS) {
    const reader = await opened(name, [column]).catch(() => undefined);
    if (!reader) continue;
    await reader.close();
    const own = AXES.filter((axis) => reader.table?.some((one) => one.name === axis));
    if (own.length > 0 && own.join() !== axes.join()) {
      const there = axes.length === 0 ? 'K is one matrix' : `K lies along ${axes.join(', ')}`;
      throw dataError(`${name}: has columns ${[...own, column].join(', ')}, but ${there}`);
    }
    return opened(name, [...own, column]);
  }
  return undefined;
}

/** By their places. */
async function openNumbers(name: string, axes: readonly HeadAxis[]): Promise<MatrixReader> {
  // A first line of whole numbers may be a header where columns are anything; here it is a row.
  const reader = await opened(name).catch(async (error: unknown) => {
    const plain = await opened(name, undefined, false).catch(() => undefined);
    if (plain) return plain;
    if ((await formatOf(name)) !== 'csv') throw error;
    throw noList(name, axes, 'no column of whole numbers');
  });
  const whole = 1 + axes.length;
  if (reader.d === 1 || reader.d === whole) return reader;
  await reader.close();
  throw noList(name, axes, `${reader.d} columns of numbers`);
}

function noList(name: string, axes: readonly HeadAxis[], what: string): LevattnError {
  const columns = axes.length === 0 ? '' : `, or ${[...axes, 'row'].join(', ')}`;
  return dataError(
    `${name}: ${what}, but a list of rows is a column index, or whole numbers alone, one a line${columns}`,
  );
}

async function formatOf(name: string): Promise<string> {
  const bytes = await openInput(name, 'rows');
  try {
    return (await recogniseFormat(bytes)).name;
  } finally {
    await bytes.close();
  }
}

const opened = async (name: string, columns?: readonly string[], header?: boolean): Promise<MatrixReader> =>
  openMatrix(await openInput(name, 'rows'), { columns, header });
