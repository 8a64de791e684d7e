/** A coreset as a table: columns `index`, `weight` and, in Arrow, `key`; what it was made from in the schema's metadata. */

import type { Coreset } from '../sketch/sample/coreset.js';
import type { TableBatch, TableSchema } from './table.js';
import { DOCUMENT_KEY } from './table.js';

/** What the table of a coreset looks like. */
export function coresetSchema({ n, d, f, eps, certain, seed, dtype, masks }: Coreset): TableSchema {
  const document = { format: 'levattn.coreset', version: 1, n, d, f, eps, certain, seed, dtype, masks };
  return {
    columns: [
      { name: 'index', type: 'uint64' },
      { name: 'weight', type: 'float64' },
      { name: 'key', type: 'list', of: dtype, size: d },
    ],
    metadata: new Map([[DOCUMENT_KEY, JSON.stringify(document)]]),
  };
}

/** The rows of that table, without a copy. */
export const coresetBatch = ({ index, weight, keys }: Coreset): TableBatch => ({
  rows: index.length,
  columns: [index, weight, keys],
});
