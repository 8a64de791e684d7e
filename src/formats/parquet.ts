/** Parquet: a matrix in a column of lists or in several columns of numbers, read page by page. */

import type { ColumnMetaData, DecodedArray } from 'hyparquet';
import { dataError, LevattnError } from '../errors.js';
import type { MatrixReader } from '../rows/row-block.js';
import { checkWidth } from './arrow/choose.js';
import type { ByteReader } from './bytes/reader.js';
import { chooseColumns, numbersPicked } from './columns/choose.js';
import { describeChoice } from './columns/describe.js';
import { pandasIndex } from './columns/pandas-index.js';
import { findColumn } from './columns/select.js';
import { labelOf } from './columns/table-column.js';
import type { MatrixFormat, ReadOptions } from './format.js';
import { putterOf } from './missing.js';
import { chunksOf } from './parquet/chunks.js';
import type { ColumnRows } from './parquet/column-rows.js';
import { withDurations } from './parquet/durations.js';
import { expectEndOf, fillTo, skipIn } from './parquet/fill.js';
import { ENCRYPTED_MAGIC, type Footer, isMagic, MAGIC, readFooter } from './parquet/footer.js';
import { bytesOfText, ColumnIds } from './parquet/ids.js';
import type { LaneColumn } from './parquet/lane-protocol.js';
import type { LaneMatrix, LaneRows } from './parquet/lane-rows.js';
import { startLaneTeam } from './parquet/lane-team.js';
import type { IdArray } from './parquet/numbers.js';
import type { Chunk } from './parquet/pages.js';
import { ReusedMemory } from './parquet/reused-memory.js';
import { columnsOf, leavesOf, type ParquetColumn } from './parquet/schema.js';
import type { ColumnValues } from './parquet/values.js';
import { type SeekableFile, seekable } from './seeking.js';

/** Compressed bytes of columns from which on several threads decode them: about a tenth of a second for one. */
const MIN_LANE_BYTES = 1 << 23;

/** The Parquet format; needs an input that can seek. */
export const parquetFormat: MatrixFormat = {
  name: 'parquet',
  hasColumns: true,
  recognise: (head) => isMagic(head, MAGIC) || isMagic(head, ENCRYPTED_MAGIC),
  open: openParquet,
};

async function openParquet(bytes: ByteReader, options: ReadOptions): Promise<MatrixReader> {
  const file = seekable(bytes, 'Parquet');
  const guard = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      if (error instanceof LevattnError) throw error;
      const [reason] = (error as Error).message.split('\n');
      throw dataError(
        `${bytes.name}: not a valid Parquet file (${reason}); the file is damaged: write it again`,
        error,
      );
    });
  const { threads = 1 } = options;
  // Workers start while the footer is read; without columns large enough for them, they end by themselves.
  if (threads > 1 && file.place && file.length >= MIN_LANE_BYTES) startLaneTeam(threads);
  const footer = await guard(readFooter(file, bytes.name));
  const { rows: n } = footer;
  const { choice, columns, values, laid, ids, beside } = await guard(openColumns(file, footer, options, bytes.name));
  const picked = choice.picked.map((position) => columns[position]!);
  const isList = choice.kind === 'list';
  const d = isList ? values[0]!.width : picked.length;
  if (d === undefined) {
    const what = n === 0 ? 'no rows' : `no row has a list in column ${labelOf(columns, choice.picked[0]!)}`;
    throw dataError(`${bytes.name}: ${what}, so that the length of its lists is unknown; write at least one`);
  }
  checkWidth(d, 'a row', bytes.name);
  const lists = [...(ids ? [ids] : []), ...beside];
  const dtype = picked.some(({ number }) => number!.dtype === 'float64') ? 'float64' : 'float32';
  const putMissing = putterOf(options.missing);
  const numbers = await rowsOf(values, laid, { file, rows: n, d, dtype, lists: isList, threads, putMissing });
  const all = [numbers, ...lists.map(({ pages }) => pages)];
  const totalBytes = all.reduce((sum, { totalBytes: bytes }) => sum + bytes, 0);
  let done = 0;

  /** Rows of which every column has at least a part at hand. */
  const readRows: MatrixReader['read'] = async (into, maxRows, idsInto) => {
    const short = lists.filter(({ available }) => available < 1);
    // What is wrong with the first column comes first.
    for (const filled of await Promise.allSettled([numbers.fill(), ...short.map((column) => fillTo(column, 1))])) {
      if (filled.status === 'rejected') throw filled.reason;
      if (!filled.value) throw new RangeError(`${n} rows promised, ${done} there`);
    }
    const rows = Math.min(maxRows, n - done, numbers.available, ...lists.map(({ available }) => available));
    numbers.take(rows, into);
    ids?.take(rows, idsInto);
    for (const [j, column] of beside.entries()) column.take(rows, idsInto?.beside[j]);
    done += rows;
    return rows;
  };

  /** Passes over rows, whole pages of them without decoding. */
  const skipRows = async (most: number): Promise<number> => {
    const rows = Math.min(most, n - done);
    await numbers.skip(rows);
    for (const column of lists) await skipIn(column, rows);
    done += rows;
    return rows;
  };

  const expectEnd = async (): Promise<void> => {
    await numbers.expectEnd();
    for (const column of lists) await expectEndOf(column);
  };

  return {
    name: bytes.name,
    format: parquetFormat.name,
    description: `Parquet, ${describeChoice(columns, choice)}${ids ? `, ids ${ids.options.name}` : ''}`,
    leftOut: choice.leftOut.map(({ position }) => labelOf(columns, position)),
    columnNames: choice.names,
    table: columns,
    picked: numbersPicked(choice),
    onlyIntegers: choice.onlyIntegers,
    d,
    dtype,
    rows: n,
    decodedAhead: numbers.decodedAhead,
    metadata: footer.keyValues,
    idType: ids?.type,
    beside: beside.map(({ type }) => type),
    async read(into, maxRows, idsInto) {
      if (done < n) return guard(readRows(into, maxRows, idsInto));
      await guard(expectEnd());
      // The footer is at the end of the file: nothing follows.
      await bytes.skip(file.length);
      return 0;
    },
    skip: async (most) => (isList ? undefined : guard(skipRows(most))),
    progress: () => ({ bytes: all.reduce((sum, { bytesRead }) => sum + bytesRead, 0), totalBytes }),
    close: async () => {
      await numbers.close();
      await bytes.close();
    },
  };
}

async function openColumns(file: SeekableFile, footer: Footer, options: ReadOptions, source: string) {
  const { metadata, keyValues } = footer;
  const schema = await withDurations(footer.schema, keyValues);
  const leaves = leavesOf(schema);
  const [{ ColumnPages }, { ColumnValues }, { withWrittenNumbers }] = await Promise.all([
    import('./parquet/pages.js'),
    import('./parquet/values.js'),
    import('./parquet/written-numbers.js'),
  ]);
  const columns = await tableOf();
  const idPosition = options.idColumn === undefined ? undefined : findColumn(columns, options.idColumn, source);
  if (idPosition !== undefined && !columns[idPosition]!.idType) {
    throw dataError(
      `${source}: column ${labelOf(columns, idPosition)} is ${columns[idPosition]!.type}, not ids, which are whole numbers or text`,
    );
  }
  const choice = chooseColumns(columns, options, source);
  const besidePositions = (options.beside ?? []).map((entry) => findColumn(columns, entry, source));
  const idPositions = [...(idPosition === undefined ? [] : [idPosition]), ...besidePositions];
  const positions = [...choice.picked, ...idPositions];
  const chunks = chunksOf(
    metadata,
    positions.map((position) => columns[position]!),
    leaves,
    source,
  );
  const memory = new ReusedMemory();
  const values = choice.picked.map((position, i) => {
    const { path, number } = columns[position]!;
    const name = labelOf(columns, position);
    const { convert } = number!;
    const from = { path, chunks: chunks[i]!, convert, name: `${source}: column ${name}`, memory };
    return new ColumnValues(new ColumnPages(file, from), path, {
      name,
      source,
      lists: choice.kind === 'list',
      putMissing: putterOf(options.missing),
    });
  });
  await values[0]!.findWidth();
  const opened = idPositions.map((position, i) => openIds(position, chunks[choice.picked.length + i]!));
  const [ids, beside] = idPosition === undefined ? [undefined, opened] : [opened[0], opened.slice(1)];
  const laid = choice.picked.map((position, i) => ({
    path: columns[position]!.path.map(({ element }) => element),
    chunks: chunks[i]!.map(placeOf),
  }));
  return { choice, columns, values, laid, ids, beside };

  /** The columns, without a look at their values where somebody chose. */
  async function tableOf(): Promise<readonly ParquetColumn[]> {
    const plain = columnsOf(schema);
    const index = pandasIndex(
      plain.map(({ name }) => name),
      keyValues,
    );
    const indexed = plain.map((column, position) => ({ ...column, index: index.has(position) }));
    const isChosen = options.column !== undefined || options.columns !== undefined;
    return isChosen ? indexed : withWrittenNumbers(file, metadata, indexed, leaves);
  }

  function openIds(position: number, at: readonly ColumnMetaData[]): ColumnIds {
    const { path, number, idType } = columns[position]!;
    const name = labelOf(columns, position);
    const convert: (raw: DecodedArray) => IdArray = number?.ids?.convert ?? bytesOfText;
    const from = { path, chunks: at, convert, name: `${source}: column ${name}` };
    return new ColumnIds(new ColumnPages(file, from), idType!, { name, source, mayLack: position !== idPosition });
  }
}

/** Rows of the columns of numbers, decoded here or by several threads. */
async function rowsOf(
  values: readonly ColumnValues[],
  columns: readonly LaneColumn[],
  { file, threads, ...matrix }: Omit<LaneMatrix, 'columns' | 'file'> & { readonly file: SeekableFile },
): Promise<ColumnRows | LaneRows> {
  const { ColumnRows } = await import('./parquet/column-rows.js');
  const local = new ColumnRows(values, true);
  const { length, place } = file;
  // One thread has decoded less by the time others have started.
  if (threads === 1 || !place || matrix.rows === 0 || local.totalBytes < MIN_LANE_BYTES) return local;
  const { LaneRows } = await import('./parquet/lane-rows.js');
  return new LaneRows({ ...matrix, threads, columns, file: { ...place, length } }, local);
}

/** What a thread must know of a chunk. */
const placeOf = (chunk: Chunk): Chunk => ({
  codec: chunk.codec,
  data_page_offset: chunk.data_page_offset,
  dictionary_page_offset: chunk.dictionary_page_offset,
  num_values: chunk.num_values,
  total_compressed_size: chunk.total_compressed_size,
});
