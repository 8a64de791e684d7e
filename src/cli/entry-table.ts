/** Heavy entries as a table. */

import type { EntryBatch } from '../attention/entries.js';
import type { TableBatch, TableSchema } from '../output/table.js';

const EXACT: TableSchema = {
  columns: [
    { name: 'query', type: 'uint64' },
    { name: 'key', type: 'uint64' },
    { name: 'score', type: 'float64' },
  ],
};

const BOUNDED: TableSchema = {
  columns: [
    ...EXACT.columns,
    { name: 'lower', type: 'float64' },
    { name: 'upper', type: 'float64' },
    { name: 'stderr', type: 'float64' },
  ],
};

/** The columns of entries whose scores are exact, or estimates within bounds. */
export const entrySchema = (exact: boolean): TableSchema => (exact ? EXACT : BOUNDED);

/** Entries as rows of {@link entrySchema}. */
export function entryRows({ count, query, key, score, bounds }: EntryBatch): TableBatch {
  const exact = [query, key, score];
  return { rows: count, columns: bounds ? [...exact, bounds.lower, bounds.upper, bounds.stderr] : exact };
}
