/**
 * The universal set as a table, and back: columns `index`, `id` where keys have one, `score` and, in Arrow, `key`; everything else in the schema's
 * metadata. Reading checks every value, so that what comes back is a universal set or an error.
 */

import type { Data, Table, Vector } from 'apache-arrow';
import { dataError } from '../errors.js';
import type { Cells, TableBatch, TableSchema } from '../output/table.js';
import { DOCUMENT_KEY } from '../output/table.js';
import type { IdType, RowId, TypedIds } from '../rows/row-ids.js';
import { storedKeys } from '../sketch/stored-keys.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { damagedSet } from './damaged-set.js';
import { isDocument, type UniversalSetHeader } from './document.js';
import { decodeDocument } from './read-document.js';
import { documentBytes, encodeDocument } from './write-document.js';

/** What the table of a universal set looks like. The metadata is made only where a format asks for it. */
export function universalSetSchema(set: UniversalSet): TableSchema {
  return {
    columns: [
      { name: 'index', type: 'uint64' },
      ...(set.ids ? [{ name: 'id', type: 'id', of: set.ids.type } as const] : []),
      { name: 'score', type: 'float64' },
      { name: 'key', type: 'list', of: set.dtype, size: set.d },
    ],
    get metadata() {
      return new Map([[DOCUMENT_KEY, encodeDocument(set)]]);
    },
    longMetadata: { key: DOCUMENT_KEY, value: () => documentBytes(set) },
  };
}

/** The rows of the table of a universal set, |U| of them, without a copy. */
export const universalSetBatch = (set: UniversalSet): TableBatch<Cells> => ({
  rows: set.index.length,
  columns: [set.index, ...(set.ids ? [set.ids.values] : []), set.score, storedKeys(set)],
});

/** Whether a schema's metadata say that the table is a universal set. */
export const isUniversalSet = (metadata: ReadonlyMap<string, string>): boolean =>
  isDocument(metadata.get(DOCUMENT_KEY) ?? '');

/**
 * The universal set in an Arrow table.
 * @param name - names the input in messages
 * @throws LevattnError where the table is none, one of another version, or damaged
 */
export function universalSetFromTable(table: Table, name: string): UniversalSet {
  const document = table.schema.metadata.get(DOCUMENT_KEY);
  if (document === undefined) {
    throw dataError(`${name}: an Arrow table without a universal set; give one that levattn select-keys made`);
  }
  const header = decodeDocument(document, name);
  return setFromColumns(header, columnsOfSets(table, header, name), 0, table.numRows, name);
}

/** The columns of a table of universal sets, one below the other. */
export interface SetColumns {
  readonly ids: TypedIds | undefined;
  readonly index: Float64Array;
  readonly score: Float64Array;
  readonly keys: Float64Array;
  /** Numbers of a row of `keys`, which may be more than a set has columns. */
  readonly width: number;
}

/** @throws LevattnError where the table is damaged */
export function columnsOfSets(
  table: Table,
  { d, dtype }: Pick<UniversalSetHeader, 'd' | 'dtype'>,
  name: string,
): SetColumns {
  const items = dtype === 'float32' ? 'Float32' : 'Float64';
  return {
    width: d,
    ids: idsIn(table, name),
    index: numbersIn(table, 'index', name),
    score: collect(columnOf(table, 'score', 'Float64', name), 1, (data) => data.values, name),
    keys: collect(
      columnOf(table, 'key', `FixedSizeList[${d}]<${items}>`, name),
      d,
      (data) => data.children[0]?.values,
      name,
    ),
  };
}

/** A column of whole numbers. */
export const numbersIn = (table: Table, column: string, name: string): Float64Array =>
  collect(columnOf(table, column, 'Uint64', name), 1, (data) => data.values, name);

/**
 * The universal set in rows from … to - 1.
 * @throws LevattnError where they are none of such a set
 */
export function setFromColumns(
  header: UniversalSetHeader,
  { ids, index, score, keys, width }: SetColumns,
  from: number,
  to: number,
  name: string,
): UniversalSet {
  const { n, d } = header;
  const set: UniversalSet = {
    ...header,
    ids: ids && { type: ids.type, values: ids.values.slice(from, to) },
    index: index.subarray(from, to),
    score: score.subarray(from, to),
    keys: width === d ? keys.subarray(from * d, to * d) : narrowed(keys, width, d, from, to),
  };
  const size = set.index.length;
  if (set.unresolved > size) throw damagedSet(name, `${set.unresolved} unresolved keys of ${size}`);
  checkRows(set, n, name);
  return set;
}

/** The first d numbers of rows of keys. */
function narrowed(keys: Float64Array, width: number, d: number, from: number, to: number): Float64Array {
  const own = new Float64Array((to - from) * d);
  for (let i = from; i < to; i++) own.set(keys.subarray(i * width, i * width + d), (i - from) * d);
  return own;
}

const ID_TYPES: Readonly<Record<string, IdType>> = { Int64: 'int64', Uint64: 'uint64', Utf8: 'utf8' };

function idsIn(table: Table, name: string): TypedIds | undefined {
  const found = table.getChild('id');
  if (!found) return undefined;
  const type = ID_TYPES[String(found.type)];
  if (!type) throw damagedSet(name, `column id is of type ${found.type}, neither whole numbers nor text`);
  return { type, values: [...(columnOf(table, 'id', String(found.type), name) as Vector & Iterable<RowId>)] };
}

/** A column of a type, without nulls. */
export function columnOf(table: Table, column: string, type: string, name: string): Vector {
  const vector = table.getChild(column);
  if (!vector) throw damagedSet(name, `there is no column ${column}`);
  if (String(vector.type) !== type) throw damagedSet(name, `column ${column} is of type ${vector.type}, not ${type}`);
  if (vector.nullCount > 0) throw damagedSet(name, `column ${column} holds nulls`);
  return vector;
}

/** The numbers of a column's batches, `width` a row, one after another. */
export function collect(
  vector: Vector,
  width: number,
  valuesOf: (data: Data) => ArrayLike<number | bigint> | undefined,
  name: string,
): Float64Array {
  const all = new Float64Array(vector.length * width);
  let done = 0;
  for (const data of vector.data) {
    const count = data.length * width;
    const values = valuesOf(data) ?? [];
    if (values.length < count) throw damagedSet(name, 'its columns are cut short');
    for (let i = 0; i < count; i++) all[done++] = Number(values[i]);
  }
  return all;
}

function checkRows({ index, score, keys, d }: UniversalSet, n: number, name: string): void {
  for (let i = 0; i < index.length; i++) {
    const before = i === 0 ? -1 : index[i - 1];
    if (!(index[i] > before && index[i] < n)) {
      throw damagedSet(
        name,
        `index ${index[i]} in row ${i}, where more than ${before} and less than n = ${n} is expected`,
      );
    }
    if (!(score[i] >= 0 && score[i] <= 1)) throw damagedSet(name, `score ${score[i]} in row ${i}`);
  }
  const bad = keys.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw damagedSet(name, `a key that is not finite in row ${Math.floor(bad / d)}`);
}
