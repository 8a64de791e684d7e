/** Parquet: a matrix in a column of lists or in several columns of numbers, read page by page. */

import type { ColumnMetaData, DecodedArray } from 'hyparquet';
import { dataError, LevattnError } from '../errors.js';
import type { MatrixReader } from '../rows/row-block.js';
import { checkWidth } from './arrow/choose.js';
import type { ByteReader } from './bytes/reader.js';
import { chooseColumns } from './columns/choose.js';
import { describeChoice } from './columns/describe.js';
import { pandasIndex } from './columns/pandas-index.js';
import { findColumn } from './columns/select.js';
import { labelOf } from './columns/table-column.js';
import type { MatrixFormat, ReadOptions } from './format.js';
import { putterOf } from './missing.js';
import { chunksOf } from './parquet/chunks.js';
import { withDurations } from './parquet/durations.js';
import { ENCRYPTED_MAGIC, type Footer, isMagic, MAGIC, readFooter } from './parquet/footer.js';
import { bytesOfText, ColumnIds } from './parquet/ids.js';
import type { IdArray } from './parquet/numbers.js';
import { startPageTeam } from './parquet/page-team.js';
import type { DecodedAhead } from './parquet/pages.js';
import { AheadBudget } from './parquet/read-ahead.js';
import { ReusedMemory } from './parquet/reused-memory.js';
import { columnsOf, leavesOf, type ParquetColumn } from './parquet/schema.js';
import { takeColumns } from './parquet/take-columns.js';
import type { ColumnValues } from './parquet/values.js';
import { type SeekableFile, seekable } from './seeking.js';

/** Compressed bytes of columns from which on several threads decode them: about a tenth of a second for one. */
const MIN_AHEAD_BYTES = 1 << 23;
/** Bytes of pages, decoded and not, that may wait to be used. */
const MAX_AHEAD_BYTES = 1 << 26;

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
  if (threads > 1 && file.length >= MIN_AHEAD_BYTES) startPageTeam(threads);
  const footer = await guard(readFooter(file, bytes.name));
  const { rows: n } = footer;
  const { choice, columns, values, ids, beside } = await guard(openColumns(file, footer, options, bytes.name));
  const picked = choice.picked.map((position) => columns[position]!);
  const isList = choice.kind === 'list';
  const d = isList ? values[0]!.width : picked.length;
  if (d === undefined) {
    const what = n === 0 ? 'no rows' : `no row has a list in column ${labelOf(columns, choice.picked[0]!)}`;
    throw dataError(`${bytes.name}: ${what}, so that the length of its lists is unknown; write at least one`);
  }
  checkWidth(d, 'a row', bytes.name);
  const lists = [...(ids ? [ids] : []), ...beside];
  const all: readonly (ColumnValues | ColumnIds)[] = [...values, ...lists];
  const totalBytes = all.reduce((sum, { pages }) => sum + pages.totalBytes, 0);
  let done = 0;

  /** Rows of which every column has at least a part at hand. */
  const readRows: MatrixReader['read'] = async (into, maxRows, idsInto) => {
    const perRow = isList ? d : 1;
    let rows = Math.min(maxRows, n - done);
    const eachOf = (column: ColumnValues | ColumnIds): number => (column instanceof ColumnIds ? 1 : perRow);
    const short = all.filter((column) => column.available < eachOf(column));
    // While a page is being decoded, others are being read. What is wrong with the first column comes first.
    for (const filled of await Promise.allSettled(short.map((column) => fillTo(column, eachOf(column))))) {
      if (filled.status === 'rejected') throw filled.reason;
      if (!filled.value) throw new RangeError(`${n} rows promised, ${done} there`);
    }
    for (const column of all) rows = Math.min(rows, Math.floor(column.available / eachOf(column)));
    if (isList) values[0]!.take(rows * d, into, 0, 1);
    else takeColumns(values, rows, into);
    ids?.take(rows, idsInto);
    for (const [j, column] of beside.entries()) column.take(rows, idsInto?.beside[j]);
    done += rows;
    return rows;
  };

  /** Passes over rows, whole pages of them without decoding. */
  const skipRows = async (most: number): Promise<number> => {
    const rows = Math.min(most, n - done);
    for (const column of all) await skipIn(column, rows);
    done += rows;
    return rows;
  };

  return {
    name: bytes.name,
    format: parquetFormat.name,
    description: `Parquet, ${describeChoice(columns, choice)}${ids ? `, ids ${ids.options.name}` : ''}`,
    leftOut: choice.leftOut.map(({ position }) => labelOf(columns, position)),
    columnNames: choice.names,
    table: columns,
    onlyIntegers: choice.onlyIntegers,
    d,
    dtype: picked.some(({ number }) => number!.dtype === 'float64') ? 'float64' : 'float32',
    rows: n,
    metadata: footer.keyValues,
    idType: ids?.type,
    beside: beside.map(({ type }) => type),
    async read(into, maxRows, idsInto) {
      if (done < n) return guard(readRows(into, maxRows, idsInto));
      await guard(expectEnd(all));
      // The footer is at the end of the file: nothing follows.
      await bytes.skip(file.length);
      return 0;
    },
    skip: async (most) => (isList ? undefined : guard(skipRows(most))),
    progress: () => ({ bytes: all.reduce((sum, { pages }) => sum + pages.bytesRead, 0), totalBytes }),
    close: async () => {
      await Promise.all(values.map(({ pages }) => pages.close()));
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
  const ahead = aheadOf(chunks.slice(0, choice.picked.length), options.threads);
  const values = choice.picked.map((position, i) => {
    const { path, number } = columns[position]!;
    const name = labelOf(columns, position);
    const { convert } = number!;
    const from = { path, chunks: chunks[i]!, convert, name: `${source}: column ${name}`, numbers: true, ahead };
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
  return { choice, columns, values, ids, beside };

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

/** How pages are decoded before they are asked for; undefined where one thread has decoded them all by the time another has started. */
function aheadOf(chunks: readonly (readonly ColumnMetaData[])[], threads = 1): DecodedAhead | undefined {
  const bytes = chunks.flat().reduce((sum, { total_compressed_size: size }) => sum + Number(size), 0);
  if (threads === 1 || bytes < MIN_AHEAD_BYTES) return undefined;
  const memory = new ReusedMemory((size) => new SharedArrayBuffer(size));
  return { threads, budget: new AheadBudget(MAX_AHEAD_BYTES), memory };
}

/** Reads pages of a column until a number of its values is at hand; false where it ends before. */
async function fillTo(column: ColumnValues | ColumnIds, values: number): Promise<boolean> {
  while (column.available < values) if (!(await column.fill())) return false;
  return true;
}

/** Passes over values of a column of one for each row. */
async function skipIn(column: ColumnValues | ColumnIds, values: number): Promise<void> {
  for (let left = values; left > 0; ) {
    if (column.available === 0) left -= await column.passOver(left);
    if (left === 0) return;
    if (column.available === 0 && !(await column.fill())) throw new RangeError('fewer values than rows');
    const count = Math.min(left, column.available);
    column.drop(count);
    left -= count;
  }
}

/** Every column has as many values as there are rows, and lists end where the last row does. */
async function expectEnd(columns: readonly (ColumnValues | ColumnIds)[]): Promise<void> {
  for (const column of columns) {
    if (column.available > 0 || (await column.fill())) throw new RangeError('more values than rows');
  }
}
