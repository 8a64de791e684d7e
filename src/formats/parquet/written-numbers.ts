/** Numbers that are written as text or as bytes: they are not read, but are reported where a column that holds them is left out. */

import type { ColumnMetaData, FileMetaData } from 'hyparquet';
import { LOOKED_AT, meaningOfText } from '../columns/written-numbers.js';
import { isMissing } from '../csv/number.js';
import type { SeekableFile } from '../seeking.js';
import { chunksOf } from './chunks.js';
import { textOf } from './ids.js';
import { ColumnPages } from './pages.js';
import type { ParquetColumn } from './schema.js';

/** Bytes of a row group's values past which a page of them may be too large to look at. */
const MAX_CHUNK_BYTES = 1 << 26;

/** The fewest bytes that are taken for several numbers of four bytes each. */
const MIN_VECTOR_BYTES = 8;

/**
 * The columns, with what their text or bytes may be meant as.
 * @param leaves - leaves of the schema
 */
export const withWrittenNumbers = (
  file: SeekableFile,
  metadata: FileMetaData,
  columns: readonly ParquetColumn[],
  leaves: number,
): Promise<ParquetColumn[]> =>
  Promise.all(
    columns.map(async (column) => {
      if (!column.bytes) return column;
      // Nobody asked for the column: whatever is the matter with it is no error.
      const meant = await meantBy(file, metadata, column, leaves).catch(() => undefined);
      return { ...column, meant };
    }),
  );

async function meantBy(
  file: SeekableFile,
  metadata: FileMetaData,
  column: ParquetColumn,
  leaves: number,
): Promise<string | undefined> {
  const isText = column.type === 'Utf8';
  const chunks = chunksOf(metadata, [column], leaves, '')[0]!;
  const chunk = chunks.find(({ num_values: count }) => count > 0);
  if (!chunk || Number(chunk.total_uncompressed_size) > MAX_CHUNK_BYTES || (isText && isPlainText(chunk)))
    return undefined;
  const convert = (raw: unknown) => [...(raw as Uint8Array[])];
  const pages = new ColumnPages(file, { path: column.path, chunks: [chunk], convert, name: '' });
  const values = (await pages.next())?.values.slice(0, LOOKED_AT) ?? [];
  const texts = textOf(values).filter((text) => !isMissing(text));
  if (texts.length === 0) return undefined;
  const meant = meaningOfText(texts);
  if (meant !== undefined) return meant;
  const [{ length }] = values as [Uint8Array];
  const areVectors = length >= MIN_VECTOR_BYTES && length % 4 === 0 && values.every((bytes) => bytes.length === length);
  return !isText && areVectors ? `${length} bytes in each row` : undefined;
}

/** Whether the statistics of a column of text say that it holds no numbers. */
function isPlainText({ statistics }: ColumnMetaData): boolean {
  const couldBeNumber = (bound: unknown): boolean =>
    typeof bound !== 'string' ||
    isMissing(bound) ||
    meaningOfText([bound]) !== undefined ||
    bound.trimStart().startsWith('[');
  const { min_value, min, max_value, max } = statistics ?? {};
  return !couldBeNumber(min_value ?? min) && !couldBeNumber(max_value ?? max);
}
