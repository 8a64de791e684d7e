/**
 * A choice of k keys as a table: columns `index` and `score`, in the order in which they are taken. Its metadata say how they were
 * chosen, and that they are no universal set: keys that a query makes heavy may be missing.
 */

import type { TableBatch, TableSchema } from '../output/table.js';
import { DOCUMENT_KEY } from '../output/table.js';

const FORMAT = 'levattn.choice';

/** Keys that were chosen. */
export interface KeyChoice {
  /** As `--by` had it. */
  readonly by: string;
  /** Keys of K that count, and its columns. */
  readonly n: number;
  readonly d: number;
  /** Queries that it was made from; where they are from, null where there are none. */
  readonly observed: number;
  readonly observedFrom: string | null;
  readonly seed: number;
  /** Rows of K, and their scores: NaN where the choice is an order alone. */
  readonly index: Float64Array;
  readonly score: Float64Array;
}

/** What the table looks like. */
export function choiceSchema({ index, score: _, ...how }: KeyChoice): TableSchema {
  const document = { format: FORMAT, version: 1, universal: false, k: index.length, ...how };
  return {
    columns: [
      { name: 'index', type: 'uint64' },
      { name: 'score', type: 'float64' },
    ],
    metadata: new Map([[DOCUMENT_KEY, JSON.stringify(document)]]),
  };
}

/** Its rows. */
export const choiceBatch = ({ index, score }: KeyChoice): TableBatch => ({
  rows: index.length,
  columns: [index, score],
});

/** Whether a schema's metadata say that the table is a choice of keys. */
export const isKeyChoice = (metadata: ReadonlyMap<string, string>): boolean =>
  /"format"\s*:\s*"levattn\.choice"/.test(metadata.get(DOCUMENT_KEY) ?? '');
