/**
 * A coreset as a table: columns `index`, `weight` and, in Arrow, `key`; or `index`, `id`, `weight` and the columns that its rows have in the
 * table they are of. What it was made from is in the schema's metadata.
 */

import type { Dtype, Values } from '../rows/row-block.js';
import type { IdType, RowId } from '../rows/row-ids.js';
import type { Coreset } from '../sketch/sample/coreset.js';
import type { Cells, ColumnSpec, TableBatch, TableSchema } from './table.js';
import { DOCUMENT_KEY } from './table.js';

/** What the table of a coreset looks like. */
export function coresetSchema(coreset: Coreset): TableSchema {
  const { d, dtype } = coreset;
  return {
    columns: [
      { name: 'index', type: 'uint64' },
      { name: 'weight', type: 'float64' },
      { name: 'key', type: 'list', of: dtype, size: d },
    ],
    metadata: metadataOf(coreset),
  };
}

/** The rows of that table, without a copy. */
export const coresetBatch = ({ index, weight, keys }: Coreset): TableBatch => ({
  rows: index.length,
  columns: [index, weight, keys],
});

const metadataOf = ({ n, d, f, eps, certain, seed, dtype, masks }: Coreset): ReadonlyMap<string, string> =>
  new Map([
    [
      DOCUMENT_KEY,
      JSON.stringify({ format: 'levattn.coreset', version: 1, n, d, f, eps, certain, seed, dtype, masks }),
    ],
  ]);

/** A column of lists of numbers. */
export interface ListOfRows {
  readonly name: string;
  readonly type: 'list';
  readonly of: Dtype;
  /** Numbers in each. */
  readonly size: number;
  /** Row by row. */
  readonly cells: Values;
}

/** A column of decimals, as text with `scale` digits after the point; the empty text where one is missing. */
export interface DecimalsOfRows {
  readonly name: string;
  readonly type: 'decimal';
  readonly precision: number;
  readonly scale: number;
  readonly cells: readonly RowId[];
}

/** The rows of a table, with all their columns. */
export interface RowsOfTable {
  readonly ids: { readonly type: IdType; readonly cells: readonly RowId[] } | undefined;
  readonly columns: readonly (
    | ListOfRows
    | DecimalsOfRows
    | {
        readonly name: string;
        readonly type: 'float64' | IdType;
        readonly cells: Float64Array | readonly RowId[];
      }
  )[];
}

/**
 * The table of a coreset whose rows have columns of their own.
 * @param notices - told of columns that get another name, as theirs is taken
 */
export function coresetTable(
  coreset: Coreset,
  { ids, columns }: RowsOfTable,
  notices: { warn(message: string): void },
): { readonly schema: TableSchema; readonly batch: TableBatch<Cells> } {
  const specs: ColumnSpec[] = [{ name: 'index', type: 'uint64' }];
  const cells: Cells[] = [coreset.index];
  if (ids) {
    specs.push({ name: 'id', type: 'id', of: ids.type });
    cells.push(ids.cells);
  }
  specs.push({ name: 'weight', type: 'float64' });
  cells.push(coreset.weight);
  for (const column of columns) {
    const name = freeName(column.name, specs);
    if (name !== column.name) notices.warn(`column ${column.name} is written as ${name}, as the name is taken`);
    specs.push(specOf(column, name));
    cells.push(column.cells);
  }
  return {
    schema: { columns: specs, metadata: metadataOf(coreset) },
    batch: { rows: coreset.index.length, columns: cells },
  };
}

function specOf(column: RowsOfTable['columns'][number], name: string): ColumnSpec {
  switch (column.type) {
    case 'list':
      return { name, type: 'list', of: column.of, size: column.size };
    case 'decimal':
      return { name, type: 'decimal', precision: column.precision, scale: column.scale };
    case 'float64':
      return { name, type: 'float64' };
    default:
      return { name, type: 'id', of: column.type };
  }
}

function freeName(wanted: string, taken: readonly ColumnSpec[]): string {
  let name = wanted;
  while (taken.some((column) => column.name === name)) name += '_';
  return name;
}
