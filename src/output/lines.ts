/** What the text formats have in common: a line a row, made of what stands before each value and the value itself. */

import type { RowId } from '../rows/row-ids.js';
import type { ByteSink, Cells, ColumnSpec, TableBatch, TableSchema, TableWriter } from './table.js';

/** A column with one number or id a cell. */
export type ScalarColumn = Exclude<ColumnSpec, { type: 'list' }>;

/** How a text format spells a table; list columns are left out. */
export interface LineFormat {
  /** What comes before the first row. */
  head(columns: readonly ScalarColumn[]): string;
  /** What stands before the value of a column. */
  before(column: ScalarColumn, position: number): string;
  /** A real number. */
  real(value: number): string;
  /** A decimal, digit by digit; the empty text where it is missing. */
  decimal(digits: string): string;
  /** An id that is text. */
  text(value: string): string;
  /** The end of a line. */
  readonly end: string;
}

/** Rows put into one string at a time: enough for one write to be worth its while, little enough to stay young. */
const ROWS_AT_A_TIME = 4096;

/** The columns of a schema that hold numbers or ids, with their places in a batch. */
export function scalarColumns(schema: TableSchema): { readonly column: ScalarColumn; readonly at: number }[] {
  return schema.columns.flatMap((column, at) => (column.type === 'list' ? [] : [{ column, at }]));
}

/** Writes a table as lines of text. The head is written with the first rows, or at the end where there are none. */
export function lineWriter(schema: TableSchema, sink: ByteSink, format: LineFormat): TableWriter {
  const chosen = scalarColumns(schema);
  const cells = chosen.map(({ column, at }, position) => ({
    at,
    before: format.before(column, position),
    spell: spellerOf(column, format) as (value: number | RowId) => string,
  }));
  let head = format.head(chosen.map(({ column }) => column));

  const spellRows = (batch: TableBatch<Cells>, from: number, to: number): string => {
    let text = '';
    for (let row = from; row < to; row++) {
      for (const { at, before, spell } of cells) text += before + spell(batch.columns[at][row]);
      text += format.end;
    }
    return text;
  };
  const writeText = async (text: string): Promise<void> => {
    const bytes = Buffer.from(head + text);
    head = '';
    if (bytes.length > 0) await sink.write(bytes);
  };

  return {
    write: async (batch) => {
      for (let row = 0; row < batch.rows; row += ROWS_AT_A_TIME) {
        await writeText(spellRows(batch, row, Math.min(batch.rows, row + ROWS_AT_A_TIME)));
      }
    },
    end: () => writeText(''),
  };
}

function spellerOf(
  { type }: ScalarColumn,
  { real, decimal, text }: LineFormat,
): ((value: number) => string) | ((value: string) => string) | ((value: RowId) => string) {
  if (type === 'float64') return real;
  if (type === 'decimal') return decimal;
  return type === 'uint64' ? String : (value: RowId) => (typeof value === 'string' ? text(value) : String(value));
}
