/** Heavy entries as a table. */

import type { EntryBatch } from '../../../entries/entry-batch.js';
import type { KeyIds } from '../../../input/key-ids.js';
import type { Cells, ColumnSpec, TableBatch, TableSchema } from '../../../output/table.js';

const BOUNDS: readonly ColumnSpec[] = [
  { name: 'lower', type: 'float64' },
  { name: 'upper', type: 'float64' },
  { name: 'stderr', type: 'float64' },
];

/**
 * The columns of entries.
 * @param exact - whether scores are exact; else they are estimates within bounds
 * @param ids - of the keys, where they have any
 */
export const entrySchema = (exact: boolean, ids?: KeyIds): TableSchema => ({
  columns: [
    { name: 'query', type: 'uint64' },
    { name: 'key', type: 'uint64' },
    ...(ids ? [{ name: 'key_id', type: 'id', of: ids.type } as const] : []),
    { name: 'score', type: 'float64' },
    ...(exact ? [] : BOUNDS),
  ],
});

/** Entries as rows of {@link entrySchema}. */
export function entryRows({ count, query, key, score, bounds }: EntryBatch, ids?: KeyIds): TableBatch<Cells> {
  const named = ids ? [Array.from({ length: count }, (_, i) => ids.of(key[i]))] : [];
  return {
    rows: count,
    columns: [query, key, ...named, score, ...(bounds ? [bounds.lower, bounds.upper, bounds.stderr] : [])],
  };
}
