/** Where the values of columns lie, row group by row group: found by their place in the schema, as names may be the same. */

import type { ColumnChunk, ColumnMetaData, FileMetaData, SchemaTree } from 'hyparquet';
import { dataError } from '../../errors.js';
import { listed, shownColumn } from '../../text.js';
import type { ParquetColumn } from './schema.js';

/** The codecs that are read. */
const CODECS: ReadonlySet<string> = new Set(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW']);

/** The most files or columns that a message names. */
const LISTED = 5;

/** What needs a key of those who wrote it. */
export const DECRYPT =
  'nothing is decrypted here: write it without encryption first, for example with pyarrow: pq.write_table(pq.read_table(FILE, decryption_properties=…), OUT)';

/**
 * The chunks of columns, those of each in the order of row groups.
 * @param leaves - leaves of the schema
 * @param source - names the file
 * @throws LevattnError where they are encrypted, in other files or compressed with what nothing reads here; RangeError where they are damaged
 */
export function chunksOf(
  { row_groups: groups }: FileMetaData,
  columns: readonly ParquetColumn[],
  leaves: number,
  source: string,
): ColumnMetaData[][] {
  const found = columns.map((column) =>
    groups.map(({ columns: chunks, num_rows: rows }) => {
      if (chunks.length !== leaves)
        throw new RangeError(`${chunks.length} columns in a row group, ${leaves} in the schema`);
      return { chunk: chunks[column.leaf]!, rows };
    }),
  );
  const having = (test: (chunk: ColumnChunk) => boolean): string[] =>
    columns.filter((_, i) => found[i]!.some(({ chunk }) => test(chunk))).map(({ name }) => shownColumn(name));
  const encrypted = having(isEncrypted);
  if (encrypted.length > 0) {
    const what = encrypted.length === 1 ? 'column' : 'columns';
    throw dataError(
      `${source}: encrypted ${what} ${listed(encrypted, LISTED)}; ${DECRYPT}, or choose others with --columns`,
    );
  }
  const elsewhere = new Set(found.flat().flatMap(({ chunk: { file_path: path } }) => (path ? [path] : [])));
  if (elsewhere.size > 0) {
    throw dataError(
      `${source}: holds no rows itself, they are in other files (${listed([...elsewhere].map(shownColumn), LISTED)}); name those`,
    );
  }
  const unread = found.flat().find(({ chunk }) => chunk.meta_data && !CODECS.has(chunk.meta_data.codec))?.chunk;
  if (unread) {
    const codec = unread.meta_data!.codec ?? 'a method that is not known';
    throw dataError(`${source}: compressed with ${codec}, which is not read; write it again with snappy or zstd`);
  }
  return columns.map((column, i) => found[i]!.map(({ chunk, rows }) => checked(chunk, column, rows)));
}

function checked({ meta_data: meta }: ColumnChunk, { path, name }: ParquetColumn, rows: bigint): ColumnMetaData {
  const parts = path.slice(1).map(({ element }: SchemaTree) => element.name);
  const isSame =
    meta?.path_in_schema.length === parts.length && parts.every((part, i) => meta.path_in_schema[i] === part);
  if (!meta || !isSame || meta.type !== path.at(-1)!.element.type) {
    throw new RangeError(`a row group without column ${shownColumn(name)}`);
  }
  if (!path.some(({ element }) => element.repetition_type === 'REPEATED') && meta.num_values !== rows) {
    throw new RangeError(`column ${shownColumn(name)} has ${meta.num_values} values in a row group of ${rows} rows`);
  }
  return meta;
}

const isEncrypted = ({
  crypto_metadata: crypto,
  encrypted_column_metadata: metadata,
  meta_data: meta,
}: ColumnChunk): boolean => crypto !== undefined || (meta === undefined && metadata !== undefined);
