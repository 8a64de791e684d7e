/** Scores of all rows as a table, or as an npy array of one number a row. */

import type { IdType } from '../rows/row-ids.js';
import type { RowScores, ScoreBatch } from '../sketch/scores.js';
import type { TopScores } from '../sketch/top-scores.js';
import type { MatrixOutput } from './matrix.js';
import type { Cells, TableBatch, TableSchema } from './table.js';
import { DOCUMENT_KEY } from './table.js';

/**
 * What the table looks like: columns `row`, `id` where rows have one, and `score`; what they are in the metadata.
 * @param idType - of the rows' ids, where they have any
 */
export function scoreSchema(
  { n, d, rank, f, route, delta, error, skipped }: Omit<RowScores, 'batches'>,
  idType?: IdType,
): TableSchema {
  const document = { format: 'levattn.scores', version: 1, n, d, rank, f, route, delta, error, skipped };
  return {
    columns: [
      { name: 'row', type: 'uint64' },
      ...(idType ? [{ name: 'id', type: 'id', of: idType } as const] : []),
      { name: 'score', type: 'float64' },
    ],
    metadata: new Map([[DOCUMENT_KEY, JSON.stringify(document)]]),
  };
}

/** A batch as rows of that table. */
export const scoreRows = ({ start, rows, score, ids }: ScoreBatch): TableBatch<Cells> => ({
  rows,
  columns: [Float64Array.from({ length: rows }, (_, i) => start + i), ...(ids ? [ids.toArray()] : []), score],
});

/** The rows of the largest scores as rows of that table. */
export const topRows = ({ row, score, ids }: TopScores): TableBatch<Cells> => ({
  rows: row.length,
  columns: [row, ...(ids ? [ids] : []), score],
});

/** Writes the scores alone, as a one-dimensional float64 array of `n`. */
export async function writeNpyScores({ n, batches }: RowScores, output: Pick<MatrixOutput, 'array'>): Promise<void> {
  const array = output.array([n], 'float64');
  for await (const { score } of batches) await array.write(score);
  await array.end();
}
