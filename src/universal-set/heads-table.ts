/**
 * Universal sets of several heads in one table: that of a universal set, with columns before it that name the head, and a
 * document of each set in the metadata. Of a single matrix it is the table of its set.
 */

import type { Table } from 'apache-arrow';
import { dataError } from '../errors.js';
import { rowsOfHead, withHeads } from '../output/head-columns.js';
import type { Cells, TableBatch, TableSchema } from '../output/table.js';
import { DOCUMENT_KEY } from '../output/table.js';
import { coordinates, type HeadPlace, type QueryHead } from '../rows/heads/head-index.js';
import type { HeadAxis } from '../rows/row-block.js';
import { changedSet } from '../sketch/stored-keys.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { damagedSet } from './damaged-set.js';
import { numbersOf, refuseTooWide } from './document.js';
import { type HeadSet, type HeadSets, setOfOne } from './head-sets.js';
import { decodeFields, type Fields, fieldsOf, isCount, parseObject } from './read-document.js';
import {
  columnsOfSets,
  isUniversalSet,
  numbersIn,
  setFromColumns,
  universalSetBatch,
  universalSetFromTable,
  universalSetSchema,
} from './table.js';
import { encodeDocument } from './write-document.js';

const FORMAT = 'levattn.universal-sets';
/** Of sets without layers. */
const VERSION = 1;
/** Of sets of several layers, which may differ in columns, element types and numbers of heads. */
const LAYERS_VERSION = 2;

/** What the table looks like. The metadata is made only where a format asks for it. */
export function headSetsSchema({ shape, sets }: HeadSets): TableSchema {
  const schema = universalSetSchema(changedSet(sets[0]!.set, widest(sets)));
  if (shape.axes.length === 0) return schema;
  return withHeads(shape, {
    columns: schema.columns,
    get metadata() {
      return new Map([[DOCUMENT_KEY, encodeSets({ shape, sets })]]);
    },
  });
}

/** The rows of the table, set by set; keys of fewer columns than others have zeros behind them. */
export function headSetsBatches({ shape, sets }: HeadSets): TableBatch<Cells>[] {
  const { d } = widest(sets);
  return sets.map(({ place, set }) => {
    return rowsOfHead(shape, place, universalSetBatch(set.d === d ? set : { ...set, keys: widened(set, d) }));
  });
}

/** Columns that hold the keys of all sets. */
function widest(
  sets: readonly { readonly set: Pick<UniversalSet, 'd' | 'dtype'> }[],
): Pick<UniversalSet, 'd' | 'dtype'> {
  const d = sets.reduce((most, { set }) => Math.max(most, set.d), 0);
  return { d, dtype: sets.some(({ set }) => set.dtype === 'float64') ? 'float64' : 'float32' };
}

function widened({ index, d, keys }: UniversalSet, width: number): Float64Array {
  const wide = new Float64Array(index.length * width);
  for (let i = 0; i < index.length; i++) wide.set(keys.subarray(i * d, (i + 1) * d), i * width);
  return wide;
}

function encodeSets({ shape, sets }: HeadSets): string {
  const numbers = sets.reduce((sum, { set }) => sum + numbersOf(set.d, set), 0);
  refuseTooWide(sets[0]!.set.d, numbers, sets.length);
  const { axes, batch, heads } = shape;
  const parts = sets.map(({ place, set, of }) => {
    const at = JSON.stringify(coordinates(shape, place));
    const counts = of ? `"of":${JSON.stringify([of.batch, of.heads])},` : '';
    return `{"at":${at},${counts}"size":${set.index.length},"set":${encodeDocument(set)}}`;
  });
  const version = axes.includes('layer') ? LAYERS_VERSION : VERSION;
  const about = JSON.stringify({ format: FORMAT, version, axes, batch, heads });
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
  if (fields.version !== VERSION && fields.version !== LAYERS_VERSION) {
    throw dataError(
      `${name}: made by format version ${JSON.stringify(fields.version)}, this program reads ${VERSION} and ${LAYERS_VERSION}: make U again or update levattn`,
    );
  }
  const shape = decodeShape(fields, name);
  const axisColumns = shape.axes.map((axis) => numbersIn(table, axis, name));
  const parts = Array.isArray(fields.sets) ? fields.sets.map((part) => fieldsOf(part, 'a set', name)) : [];
  if (parts.length === 0) throw damagedSet(name, 'it names no sets');
  const headers = parts.map(({ set }) => decodeFields(fieldsOf(set, 'a set', name), name));
  const [first] = headers;
  const wide = shape.axes.includes('layer') ? widest(headers.map((set) => ({ set }))) : first!;
  const columns = columnsOfSets(table, wide, name);
  let from = 0;
  const sets = parts.map(({ at, of, size }, i): HeadSet => {
    const counts = shape.axes.includes('layer') ? decodeCounts(of, name) : undefined;
    const place = decodePlace(at, shape, counts ?? shape, name);
    const header = headers[i]!;
    if (header.d > wide.d || (header.dtype !== wide.dtype && !counts) || (header.d !== wide.d && !counts)) {
      throw damagedSet(name, 'its sets are of different keys');
    }
    if (!isCount(table.numRows - from)(size)) throw damagedSet(name, `a set has ${JSON.stringify(size)} rows`);
    const to = from + size;
    const marked = coordinates(shape, place).every((value, i) =>
      axisColumns[i]!.subarray(from, to).every((other) => other === value),
    );
    if (!marked) throw damagedSet(name, `rows ${from} to ${to - 1} are not those of ${JSON.stringify(at)}`);
    const read = { place, set: setFromColumns(header, columns, from, to, name), ...(counts && { of: counts }) };
    from = to;
    return read;
  });
  if (from !== table.numRows) throw damagedSet(name, `${table.numRows - from} rows belong to no set`);
  return { shape, sets };
}

function decodeShape({ version, axes, batch, heads }: Fields, name: string): HeadSets['shape'] {
  const known = KNOWN_AXES[version === VERSION ? 'heads' : 'layers'].includes(String(axes)) && Array.isArray(axes);
  const count = isCount(Number.MAX_SAFE_INTEGER, 1);
  if (!known || !count(batch) || !count(heads)) throw damagedSet(name, 'its axes are none');
  return { axes: axes as HeadAxis[], batch, heads };
}

/** Examples and heads of the layer of a set. */
function decodeCounts(of: unknown, name: string): QueryHead['of'] {
  const [batch, heads] = Array.isArray(of) ? (of as unknown[]) : [];
  const count = isCount(Number.MAX_SAFE_INTEGER, 1);
  if (!count(batch) || !count(heads)) throw damagedSet(name, `a set is of ${JSON.stringify(of)}`);
  return { batch, heads };
}

function decodePlace(
  at: unknown,
  { axes }: HeadSets['shape'],
  { batch, heads }: QueryHead['of'],
  name: string,
): HeadPlace {
  const numbers = Array.isArray(at) ? at : [];
  const place: Record<HeadAxis, number> = { layer: 0, batch: 0, head: 0 };
  const most = { layer: Number.MAX_SAFE_INTEGER, batch, head: heads };
  for (const [i, axis] of axes.entries()) {
    const value: unknown = numbers[i];
    if (!isCount(most[axis] - 1)(value)) {
      throw damagedSet(name, `a set is at ${JSON.stringify(at)}`);
    }
    place[axis] = value;
  }
  return axes.includes('layer') ? place : { batch: place.batch, head: place.head };
}

/** By what a version holds. */
const KNOWN_AXES = {
  heads: ['head', 'batch', 'batch,head'],
  layers: ['layer', 'layer,head', 'layer,batch', 'layer,batch,head'],
};
