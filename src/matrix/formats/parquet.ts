/** Parquet: a matrix in a column of lists or in several columns of numbers, read page by page. */

import type { FileMetaData } from 'hyparquet';
import { dataError, LevattnError } from '../../errors.js';
import type { ByteReader } from '../bytes.js';
import type { MatrixReader } from '../row-block.js';
import { chooseFields } from './arrow/choose.js';
import { shownName } from './arrow/schema.js';
import type { MatrixFormat, ReadOptions } from './format.js';
import { columnsOf } from './parquet/schema.js';
import { thriftLength } from './parquet/thrift.js';
import type { ColumnValues } from './parquet/values.js';
import { type SeekableFile, seekable } from './seeking.js';

const MAGIC = [0x50, 0x41, 0x52, 0x31];

/** At the end: the footer's length, and the magic word again. */
const TAIL_BYTES = 8;

/** Footers past this are damage: one of 8,192 columns in 100 row groups takes 100 MB at most. */
const MAX_FOOTER_BYTES = 1 << 28;

/** The Parquet format; needs an input that can seek. */
export const parquetFormat: MatrixFormat = {
  name: 'parquet',
  hasColumns: true,
  recognise: (head) => MAGIC.every((byte, i) => head[i] === byte),
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
  const metadata = await guard(readMetadata(file));
  const n = Number(metadata.num_rows);
  const { chosen, values, ids } = await guard(openColumns(file, metadata, options, bytes.name));
  const { width } = values[0]!;
  const d = chosen.kind === 'list' ? width : chosen.d;
  if (d === undefined) {
    throw dataError(`${bytes.name}: no rows, so that the length of its lists is unknown; write at least one`);
  }
  const all = ids ? [...values, ids.values] : values;
  const totalBytes = all.reduce((sum, { pages }) => sum + pages.totalBytes, 0);
  let done = 0;

  /** Rows of which every column has at least a part at hand. */
  const readRows: MatrixReader['read'] = async (into, maxRows, idsInto) => {
    const perRow = values.length === 1 ? d : 1;
    let rows = Math.min(maxRows, n - done);
    for (const column of all) {
      const each = column === ids?.values ? 1 : perRow;
      while (column.available < each)
        if (!(await column.fill())) throw new RangeError(`${n} rows promised, ${done} there`);
      rows = Math.min(rows, Math.floor(column.available / each));
    }
    for (const [j, column] of values.entries()) column.take(rows * perRow, into, j, values.length === 1 ? 1 : d);
    ids?.values.takeIds(rows, ids.type, idsInto);
    done += rows;
    return rows;
  };

  return {
    name: bytes.name,
    format: parquetFormat.name,
    description: `Parquet, ${chosen.description}${ids ? `, ids ${ids.name}` : ''}`,
    leftOut: chosen.leftOut,
    columnNames: chosen.columnNames,
    onlyIntegers: chosen.onlyIntegers,
    d,
    dtype: chosen.dtype,
    rows: n,
    metadata: new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value ?? '']) ?? []),
    idType: ids?.type,
    async read(into, maxRows, idsInto) {
      if (done < n) return guard(readRows(into, maxRows, idsInto));
      await guard(expectEnd(all));
      // The footer is at the end of the file: nothing follows.
      await bytes.skip(file.length);
      return 0;
    },
    progress: () => ({ bytes: all.reduce((sum, { pages }) => sum + pages.bytesRead, 0), totalBytes }),
    close: () => bytes.close(),
  };
}

async function readMetadata(file: SeekableFile): Promise<FileMetaData> {
  const tail = new Uint8Array(TAIL_BYTES);
  if (file.length < TAIL_BYTES + MAGIC.length) throw new RangeError('too short');
  await readWhole(file, tail, file.length - TAIL_BYTES);
  if (!MAGIC.every((byte, i) => tail[4 + i] === byte)) throw new RangeError('its end is missing');
  const length = new DataView(tail.buffer).getUint32(0, true);
  if (length > Math.min(MAX_FOOTER_BYTES, file.length - TAIL_BYTES))
    throw new RangeError(`a footer of ${length} bytes`);
  const footer = new Uint8Array(length + TAIL_BYTES);
  await readWhole(file, footer, file.length - footer.length);
  thriftLength(footer.subarray(0, length));
  const [{ parquetMetadata }, { deserializeTCompactProtocol }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet/src/thrift.js'),
  ]);
  const raw = deserializeTCompactProtocol({ view: new DataView(footer.buffer, 0, length), offset: 0 });
  checkTree(raw[SCHEMA_FIELD]);
  return parquetMetadata(footer, { geoparquet: false });
}

/** The schema in the footer, and in its elements how many children each has. */
const SCHEMA_FIELD = 'field_2';
const CHILDREN_FIELD = 'field_5';

/** Elements come parents first, each but the root with one parent: hyparquet walks for ever in anything else. */
function checkTree(schema: unknown): void {
  if (!Array.isArray(schema)) throw new RangeError('no schema');
  let open = 1;
  for (const element of schema as { readonly [field: string]: unknown }[]) {
    const children = element?.[CHILDREN_FIELD] ?? 0;
    if (open === 0 || typeof children !== 'number' || children < 0) throw new RangeError('a schema that is no tree');
    open += children - 1;
  }
  if (open !== 0) throw new RangeError('a schema that is no tree');
}

async function readWhole(file: SeekableFile, into: Uint8Array, offset: number): Promise<void> {
  if ((await file.readAt(into, offset)) < into.length) throw new RangeError('it ends too early');
}

async function openColumns(file: SeekableFile, metadata: FileMetaData, options: ReadOptions, source: string) {
  const { parquetSchema } = await import('hyparquet');
  const columns = columnsOf(parquetSchema(metadata));
  const fields = columns.map(({ field }) => field);
  const schema = { fields, metadata: new Map<string, string>(), bigEndian: false };
  const { chosen, ids: idColumn } = chooseFields(schema, options, source);
  const [{ ColumnPages }, { ColumnValues }] = await Promise.all([
    import('./parquet/pages.js'),
    import('./parquet/values.js'),
  ]);
  const indexes = chosen.kind === 'list' ? [chosen.index] : chosen.columns.map(({ index }) => index);
  const open = (index: number, lists: boolean): ColumnValues => {
    const { path, field } = columns[index]!;
    return new ColumnValues(new ColumnPages(file, metadata, path), shownName(field.name), source, lists);
  };
  const values = indexes.map((index) => open(index, chosen.kind === 'list'));
  const ids = idColumn && { ...idColumn, values: open(idColumn.index, false) };
  await values[0]!.findWidth();
  return { chosen, values, ids };
}

/** Every column has as many values as there are rows, and lists end where the last row does. */
async function expectEnd(values: readonly ColumnValues[]): Promise<void> {
  for (const column of values) {
    if (column.available > 0 || (await column.fill())) throw new RangeError('more values than rows');
  }
}
