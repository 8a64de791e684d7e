/** A Parquet schema as the columns of a table, each with its place among the schema's leaves: names need not be unique. */

import type { SchemaElement, SchemaTree } from 'hyparquet';
import type { IdType } from '../../rows/row-ids.js';
import type { TableColumn } from '../columns/table-column.js';
import { durationOf } from './durations.js';
import { type NumberType, numberTypeOf } from './numbers.js';
import { timeTypeOf } from './times.js';

/** A column of the table. */
export interface ParquetColumn extends TableColumn {
  readonly name: string;
  /** The elements from the root to the values. */
  readonly path: readonly SchemaTree[];
  /** The place of its first leaf among all leaves of the schema, which is that of its chunk in each row group. */
  readonly leaf: number;
  /** What its values, or the entries of its lists, are as numbers. */
  readonly number: NumberType | undefined;
  /** What its values are as ids. */
  readonly idType: IdType | undefined;
  /** Whether its values are text or bytes, in which numbers may be written. */
  readonly bytes: boolean;
}

/** What a node of the schema holds. */
interface Shape {
  readonly type: string;
  /** Whether there are numbers in it at any depth. */
  readonly hasNumbers: boolean;
  /** The elements from the node to its values; of what is neither a leaf nor a list of leaves, to where it branches. */
  readonly path: readonly SchemaTree[];
  /** Of a leaf. */
  readonly leaf?: SchemaElement | undefined;
  /** What the entries of a list are. */
  readonly item?: Shape | undefined;
}

/** Types that are not numbers, by the converted type of older files. */
const CONVERTED: { readonly [converted: string]: string } = {
  UTF8: 'Utf8',
  ENUM: 'Utf8',
  JSON: 'Utf8',
  BSON: 'Bson',
  DATE: 'Date',
  TIME_MILLIS: 'Time',
  TIME_MICROS: 'Time',
  TIMESTAMP_MILLIS: 'Timestamp',
  TIMESTAMP_MICROS: 'Timestamp',
  INTERVAL: 'Interval',
};

/** The same by logical type. */
const LOGICAL: { readonly [logical: string]: string } = {
  STRING: 'Utf8',
  ENUM: 'Utf8',
  JSON: 'Utf8',
  BSON: 'Bson',
  DATE: 'Date',
  TIME: 'Time',
  TIMESTAMP: 'Timestamp',
  UUID: 'Uuid',
  NULL: 'Null',
  VARIANT: 'Variant',
  GEOMETRY: 'Geometry',
  GEOGRAPHY: 'Geography',
};

/** Types of which numbers can be made, by a decision that is the user's; a column that is null in every row says no type at all. */
const NEAR_NUMBERS = new Set(['Date', 'Time', 'Timestamp', 'Duration', 'Interval', 'Null']);

/** Types in which numbers may be written. */
const TEXT_OR_BYTES = /^(?:Utf8|Binary|FixedSizeBinary)/;

/**
 * The columns of a table; those that hold neither numbers nor lists of numbers are there to be listed.
 *
 * A struct is one column, never one for each of its fields: `a.b` is the column that is called so.
 */
export function columnsOf(root: SchemaTree): ParquetColumn[] {
  let leaf = 0;
  return root.children.map((tree) => {
    const column = columnOf(root, tree, leaf);
    leaf += leavesOf(tree);
    return column;
  });
}

/** Leaves under a node, each of which has a chunk in every row group. */
export const leavesOf = ({ element, children }: SchemaTree): number =>
  element.type ? 1 : children.reduce((sum, child) => sum + leavesOf(child), 0);

function columnOf(root: SchemaTree, tree: SchemaTree, leaf: number): ParquetColumn {
  const { type, hasNumbers, path, leaf: element, item } = shapeOf(tree);
  const common = { name: tree.element.name, path: [root, ...path], leaf, type };
  const values = element ?? item?.leaf;
  const number = values && numberTypeOf(values);
  if (number) {
    const { kind } = number;
    if (element) return { ...common, kind, number, idType: number.ids?.type, bytes: false };
    const list = kind === 'floating' ? 'list-floating' : 'list-integer';
    return { ...common, kind: list, number, idType: undefined, bytes: false };
  }
  const time = element && timeTypeOf(element);
  return {
    ...common,
    kind: time ? 'time' : 'other',
    meant: NEAR_NUMBERS.has(type) ? type : hasNumbers ? withNumbers(type) : undefined,
    number: time,
    idType: type === 'Utf8' ? 'utf8' : undefined,
    bytes: element !== undefined && TEXT_OR_BYTES.test(type),
  };
}

/** A nested type that has numbers in it; that of lists of lists says so itself. */
const withNumbers = (type: string): string => (/Struct|Map/.test(type) ? `${type} with numbers` : type);

/** @param isEntry - whether it is looked at as what a list repeats */
function shapeOf(tree: SchemaTree, isEntry = false): Shape {
  const { element, children } = tree;
  if (element.repetition_type === 'REPEATED' && !isEntry) return listShape([], shapeOf(tree, true));
  if (children.length === 0) {
    return { type: typeName(element), hasNumbers: numberTypeOf(element) !== undefined, path: [tree], leaf: element };
  }
  const [repeated] = children;
  if (annotated(element, 'LIST') && children.length === 1 && repeated!.element.repetition_type === 'REPEATED') {
    // Older writers leave out the group between, and may repeat structs of one field: these have such names.
    const { name } = repeated!.element;
    const between = repeated!.children.length === 1 && name !== 'array' && name !== `${element.name}_tuple`;
    return between
      ? listShape([tree, repeated!], shapeOf(repeated!.children[0]!))
      : listShape([tree], shapeOf(repeated!, true));
  }
  const isMap = annotated(element, 'MAP') || element.converted_type === 'MAP_KEY_VALUE';
  return {
    type: isMap ? 'Map' : 'Struct',
    hasNumbers: children.some((child) => shapeOf(child, isMap).hasNumbers),
    path: [tree],
  };
}

const listShape = (before: readonly SchemaTree[], item: Shape): Shape => ({
  type: `List<${item.type}>`,
  hasNumbers: item.hasNumbers,
  path: [...before, ...item.path],
  item,
});

const annotated = ({ converted_type: converted, logical_type: logical }: SchemaElement, type: 'LIST' | 'MAP') =>
  converted === type || logical?.type === type;

function typeName(element: SchemaElement): string {
  const { type, type_length: length, converted_type: converted, logical_type: logical } = element;
  const number = numberTypeOf(element);
  if (number) return number.name;
  if (durationOf(element) !== undefined) return 'Duration';
  // A logical type of a later version of the format has no name here.
  if (logical) return LOGICAL[logical.type ?? ''] ?? 'Unknown';
  if (converted) return CONVERTED[converted] ?? 'Unknown';
  if (type === 'BYTE_ARRAY') return 'Binary';
  if (type === 'FIXED_LEN_BYTE_ARRAY') return `FixedSizeBinary[${length ?? 0}]`;
  return type === 'INT96' ? 'Timestamp' : 'Unknown';
}
