/** The two usual orders of Q, K and V in memory, and the checks of their sizes. */

import { usageError } from '../errors.js';
import { type HeadRows, headOffset } from '../kernels/head-rows.js';

/** How many of each there are, all >= 1. */
export interface HeadSizes {
  readonly batch: number;
  readonly heads: number;
  /** Queries or keys of a head. */
  readonly rows: number;
  /** Columns of a row. */
  readonly d: number;
}

/** Rows that are columns of longer rows: those of Q, K and V where one product gives all three. */
export interface RowPlace {
  /** Elements of the longer rows; default heads d. */
  readonly rowLength?: number;
  /** The first column; default 0. */
  readonly column?: number;
}

/**
 * Rows in the order [batch, heads, rows, d], head after head.
 * @throws LevattnError where the array does not hold them
 */
export function headsFirst(values: Float32Array, { batch, heads, rows, d }: HeadSizes): HeadRows {
  return checkRows({ values, batch, heads, rows, d, offset: 0, strides: [heads * rows * d, rows * d, d] });
}

/**
 * Rows in the order [batch, rows, heads, d], as a product of tokens with a weight matrix gives them.
 * @throws LevattnError where the array does not hold them
 */
export function rowsFirst(
  values: Float32Array,
  { batch, heads, rows, d }: HeadSizes,
  { rowLength = heads * d, column = 0 }: RowPlace = {},
): HeadRows {
  return checkRows({ values, batch, heads, rows, d, offset: column, strides: [rows * rowLength, d, rowLength] });
}

/**
 * The same rows.
 * @throws LevattnError where the sizes are none, or the array does not hold the rows
 */
export function checkRows(head: HeadRows): HeadRows {
  const { values, batch, heads, rows, d, offset, strides } = head;
  const sizes = { batch, heads, rows, d };
  for (const [name, size] of Object.entries(sizes)) {
    if (!(Number.isSafeInteger(size) && size >= 1))
      throw usageError(`${name} must be a whole number >= 1, not ${size}`);
  }
  for (const part of [offset, ...strides]) {
    if (!(Number.isSafeInteger(part) && part >= 0))
      throw usageError(`offsets and strides must be whole numbers >= 0, not ${part}`);
  }
  const needed = headOffset(head, batch * heads - 1) + (rows - 1) * strides[2] + d;
  if (values.length >= needed) return head;
  throw usageError(
    `an array of ${values.length} numbers where batch ${batch}, heads ${heads}, rows ${rows}, d ${d} take ${needed}`,
  );
}
