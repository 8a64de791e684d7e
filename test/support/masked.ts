/** A matrix with padding, whose rows are long and once not even finite, queries of the same tokens, and files of both. */

import { ByteReader } from '../../src/formats/bytes/reader.js';
import { memorySource } from '../../src/formats/bytes/sources.js';
import { openMatrix } from '../../src/formats/open.js';
import { withoutPadding } from '../../src/input/mask.js';
import type { MatrixReader } from '../../src/rows/row-block.js';
import { npyFrom, rowsOf } from './files.js';
import type { Matrix } from './fixtures.js';
import { gaussianFrom, randomFrom } from './random-matrices.js';

const ROWS = 240;
const COLUMNS = 4;

/** 1 for usable rows: padding at the end, as models have it, and some in between. */
export const MASK = Uint8Array.from({ length: ROWS }, (_, i) => (i >= 200 || i % 17 === 5 ? 0 : 1));

/** How many are padding. */
export const MASKED = MASK.filter((one) => one === 0).length;

/** A mask with as many rows of padding, and others. */
export const OTHER_MASK = Uint8Array.from(MASK).reverse();

const normal = gaussianFrom(randomFrom(4));

/** Some keys are long, and all of padding are: they would take most of the attention. */
export const KEYS: Matrix = {
  rows: ROWS,
  d: COLUMNS,
  values: Float64Array.from({ length: ROWS * COLUMNS }, (_, at) => {
    const row = Math.floor(at / COLUMNS);
    if (row === 210 && at % COLUMNS === 2) return Number.NaN;
    return normal() * (MASK[row] === 0 ? 40 : row % 11 === 3 ? 6 : 1);
  }),
};

/** Queries of the same tokens: those of padding are as long, and one is not finite. */
export const QUERIES: Matrix = {
  rows: ROWS,
  d: COLUMNS,
  values: Float64Array.from({ length: ROWS * COLUMNS }, (_, at) =>
    Math.floor(at / COLUMNS) === 220 ? Number.POSITIVE_INFINITY : normal(),
  ),
};

/** A matrix without the rows that a mask takes out. */
export function withoutRows({ d, rows, values }: Matrix, mask = MASK): Matrix {
  const kept = values.filter((_, at) => mask[Math.floor(at / d)] !== 0);
  return { rows: rows - mask.filter((one) => one === 0).length, d, values: kept };
}

/** Opens rows of a matrix, with their part of a mask if there is one. */
export async function open(matrix: Matrix, mask?: Uint8Array, from = 0, to = matrix.rows): Promise<MatrixReader> {
  const bytes = npyFrom(rowsOf(matrix, from, to), 'float64');
  const reader = await openMatrix(new ByteReader(memorySource(bytes, 'rows.npy')));
  return mask ? withoutPadding(reader, mask.slice(from, to), 'mask') : reader;
}
