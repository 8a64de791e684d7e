/**
 * Universal sets of several heads in one table: that of a universal set, with columns before it that name the head, and a
 * document of each set in the metadata. Of a single matrix it is the table of its set.
 */

import type { Table } from 'apache-arrow';
import { dataError } from '../errors.js';
import { rowsOfHead, withHeads } from '../output/head-columns.js';
import type { Cells, TableBatch, TableSchema } from '../output/table.js';
import { DOCUMENT_KEY } from '../output/table.js';
import { coordinates, type HeadPlace } from '../rows/heads/head-index.js';
import type { HeadAxis } from '../rows/row-block.js';
import {
  damagedSet,
  decodeFields,
  encodeDocument,
  type Fields,
  fieldsOf,
  isCount,
  numbersOf,
  parseObject,
  refuseTooWide,
} from './document.js';
import { type HeadSet, type HeadSets, setOfOne } from './head-sets.js';
import {
  columnsOfSets,
  isUniversalSet,
  numbersIn,
  setFromColumns,
  universalSetBatch,
  universalSetFromTable,
  universalSetSchema,
} from './table.js';

const FORMAT = 'levattn.universal-sets';
const VERSION = 1;

/** What the table looks like. The metadata is made only where a format asks for it. */
export function headSetsSchema({ shape, sets }: HeadSets): TableSchema {
  const schema = universalSetSchema(sets[0]!.set);
  if (shape.axes.length === 0) return schema;
  return withHeads(shape, {
    columns: schema.columns,
    get metadata() {
      return new Map([[DOCUMENT_KEY, encodeSets({ shape, sets })]]);
    },
  });
}

/** The rows of the table, set by set. */
export const headSetsBatches = ({ shape, sets }: HeadSets): TableBatch<Cells>[] =>
  sets.map(({ place, set }) => rowsOfHead(shape, place, universalSetBatch(set)));

function encodeSets({ shape, sets }: HeadSets): string {
  const numbers = sets.reduce((sum, { set }) => sum + numbersOf(set.d, set), 0);
  refuseTooWide(sets[0]!.set.d, numbers, sets.length);
  const { axes, batch, heads } = shape;
  const parts = sets.map(({ place, set }) => {
    const at = JSON.stringify(coordinates(shape, place));
    return `{"at":${at},"size":${set.index.length},"set":${encodeDocument(set)}}`;
  });
  const about = JSON.stringify({ format: FORMAT, version: VERSION, axes, batch, heads });
  return `${about.slice(0, -1)},"sets":[${parts.join(',')}]}`;
}

/** Whether a schema's metadata say that the table holds universal sets, of one matrix or of several heads. */
export const holdsUniversalSets = (metadata: ReadonlyMap<string, string>): boolean =>
  isUniversalSet(metadata) || holdsHeads(metadata);

const holdsHeads = (metadata: ReadonlyMap<string, string>): boolean =>
  /"format"\s*:\s*"levattn\.universal-sets"/.test(metadata.get(DOCUMENT_KEY) ?? '');

/**
 * The universal sets in an Arrow table.
 * @param name - names the input in messages
 * @throws LevattnError where the table holds none, is of another version, or damaged
 */
export function headSetsFromTable(table: Table, name: string): HeadSets {
  if (!holdsHeads(table.schema.metadata)) {
    return setOfOne(universalSetFromTable(table, name));
  }
  const fields = parseObject(table.schema.metadata.get(DOCUMENT_KEY)!, name);
  if (fields.version !== VERSION) {
    throw dataError(
      `${name}: made by format version ${JSON.stringify(fields.version)}, this program reads ${VERSION}: make U again or update levattn`,
    );
  }
  const shape = decodeShape(fields, name);
  const axisColumns = shape.axes.map((axis) => numbersIn(table, axis, name));
  const parts = Array.isArray(fields.sets) ? fields.sets.map((part) => fieldsOf(part, 'a set', name)) : [];
  if (parts.length === 0) throw damagedSet(name, 'it names no sets');
  const first = decodeFields(fieldsOf(parts[0]!.set, 'a set', name), name);
  const columns = columnsOfSets(table, first, name);
  let from = 0;
  const sets = parts.map(({ at, size, set }): HeadSet => {
    const place = decodePlace(at, shape, name);
    const header = decodeFields(fieldsOf(set, 'a set', name), name);
    if (header.d !== first.d || header.dtype !== first.dtype) throw damagedSet(name, 'its sets are of different keys');
    if (!isCount(table.numRows - from)(size)) throw damagedSet(name, `a set has ${JSON.stringify(size)} rows`);
    const to = from + size;
    const marked = coordinates(shape, place).every((value, i) =>
      axisColumns[i]!.subarray(from, to).every((other) => other === value),
    );
    if (!marked) throw damagedSet(name, `rows ${from} to ${to - 1} are not those of ${JSON.stringify(at)}`);
    const read = { place, set: setFromColumns(header, columns, from, to, name) };
    from = to;
    return read;
  });
  if (from !== table.numRows) throw damagedSet(name, `${table.numRows - from} rows belong to no set`);
  return { shape, sets };
}

function decodeShape({ axes, batch, heads }: Fields, name: string): HeadSets['shape'] {
  const known = ['head', 'batch', 'batch,head'].includes(String(axes)) && Array.isArray(axes);
  const count = isCount(Number.MAX_SAFE_INTEGER, 1);
  if (!known || !count(batch) || !count(heads)) throw damagedSet(name, 'its axes are none');
  return { axes: axes as HeadAxis[], batch, heads };
}

function decodePlace(at: unknown, shape: HeadSets['shape'], name: string): HeadPlace {
  const numbers = Array.isArray(at) ? at : [];
  const place = { batch: 0, head: 0 };
  for (const [i, axis] of shape.axes.entries()) {
    const value: unknown = numbers[i];
    if (!isCount((axis === 'head' ? shape.heads : shape.batch) - 1)(value)) {
      throw damagedSet(name, `a set is at ${JSON.stringify(at)}`);
    }
    place[axis] = value;
  }
  return place;
}
