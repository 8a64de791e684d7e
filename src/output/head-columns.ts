/** Tables of several heads: columns that say which head of which example a row belongs to, before all others. */

import { coordinates, type HeadPlace } from '../rows/heads/head-index.js';
import type { HeadShape } from '../rows/heads/layout.js';
import type { Cells, TableBatch, TableSchema } from './table.js';

/** The axes that heads lie along. */
type Axes = Pick<HeadShape, 'axes'>;

/** A table's schema with these columns, which are part of a row's index. */
export const withHeads = <S extends TableSchema>({ axes }: Axes, schema: S): TableSchema => ({
  columns: [...axes.map((name) => ({ name, type: 'uint64' }) as const), ...schema.columns],
  index: axes.length + (schema.index ?? 1),
  get metadata() {
    return schema.metadata;
  },
});

/** Rows of such a table that belong to one head. */
export const rowsOfHead = (axes: Axes, place: HeadPlace, { rows, columns }: TableBatch<Cells>): TableBatch<Cells> => ({
  rows,
  columns: [...coordinates(axes, place).map((value) => new Float64Array(rows).fill(value)), ...columns],
});
