/** JSON, one object a line; real numbers with as few digits as read back to the same bits. */

import { type LineFormat, lineWriter } from './lines.js';
import type { ByteSink, TableSchema, TableWriter } from './table.js';

const NDJSON: LineFormat = {
  head: () => '',
  before: ({ name }, position) => `${position === 0 ? '{' : ','}${JSON.stringify(name)}:`,
  real: spellReal,
  decimal: (digits) => digits || 'null',
  text: JSON.stringify,
  end: '}\n',
};

/** Writes a table as newline-delimited JSON. List columns are left out; NaN and infinities are null. */
export const ndjsonWriter = (schema: TableSchema, sink: ByteSink): TableWriter => lineWriter(schema, sink, NDJSON);

function spellReal(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  return Object.is(value, -0) ? '-0' : String(value);
}
