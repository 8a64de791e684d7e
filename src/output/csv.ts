/** CSV: a header and a line a row; real numbers with 17 significant digits, which read back to the same bits. */

import { type LineFormat, lineWriter } from './lines.js';
import type { ByteSink, TableSchema, TableWriter } from './table.js';

const CSV: LineFormat = {
  head: (columns) => `${columns.map(({ name }) => quoteField(name)).join(',')}\n`,
  before: (_, position) => (position === 0 ? '' : ','),
  real: spellReal,
  decimal: (digits) => digits || 'nan',
  text: quoteField,
  end: '\n',
};

/** Writes a table as CSV. List columns are left out; NaN and infinities are `nan`, `inf` and `-inf`. */
export const csvWriter = (schema: TableSchema, sink: ByteSink): TableWriter => lineWriter(schema, sink, CSV);

function spellReal(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  if (Number.isFinite(value)) return value.toPrecision(17);
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

function quoteField(text: string): string {
  return /^$|^[#\s]|[",\r\n]|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
