/** Tables in folders that are called `year=2024`, as Spark, Hive and pyarrow write them: such a column is in the names of the folders alone. */

import type { MatrixReader } from '../rows/row-block.js';
import { listed, shownColumn } from '../text.js';

/** How DuckDB reads files of a format, columns in the names of their folders included. */
const READERS: Readonly<Record<string, readonly [call: string, ending: string]>> = {
  parquet: ['read_parquet', 'parquet'],
  csv: ['read_csv', 'csv'],
  ndjson: ['read_json', 'json'],
};

/** The most columns that a message lists. */
const LISTED = 5;

/** Columns that the folders of a path have in their names, and the folder that holds them all. */
function partitionsOf(path: string): { readonly root: string; readonly names: readonly string[] } {
  const folders = path.split('/').slice(0, -1);
  const names = folders.map((folder) => /^([^=]+)=/.exec(folder)?.[1]);
  const first = names.findIndex((name) => name !== undefined);
  return { root: folders.slice(0, first).join('/') || '.', names: names.filter((name) => name !== undefined) };
}

/** Whether a column is in the names of a file's folders. */
export const isPartition = (path: string, column: string): boolean => partitionsOf(path).names.includes(column);

/** What to say of columns that are in the names of a table's folders and not in it; undefined where there are none. */
export function lackedPartitions({ name: path, format, table }: MatrixReader): string | undefined {
  const { root, names } = partitionsOf(path);
  const lacked = table ? names.filter((name) => table.every((column) => column.name !== name)) : [];
  if (lacked.length === 0) return undefined;
  const reader = READERS[format];
  const how = reader
    ? `, for example with DuckDB: COPY (SELECT * FROM ${reader[0]}('${root}/**/*.${reader[1]}', hive_partitioning = true)) TO 'K.parquet'`
    : '';
  return `${root}: ${listed(lacked.map(shownColumn), LISTED)} ${lacked.length === 1 ? 'is' : 'are'} in the names of its folders, not in its files, and not read; write ${lacked.length === 1 ? 'it' : 'them'} into the files to have ${lacked.length === 1 ? 'it' : 'them'}${how}`;
}
