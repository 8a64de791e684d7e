/** Arrow schemas: the columns of a table, their types, and the table's metadata. */

import { ELEMENTS, type ElementName, type ElementType } from '../elements.js';
import type { FlatTable } from './flatbuffer.js';

/** Arrow's types by the number that stands for them (Schema.fbs, union Type). */
export const TYPE_NAMES = [
  'None',
  'Null',
  'Int',
  'Float',
  'Binary',
  'Utf8',
  'Bool',
  'Decimal',
  'Date',
  'Time',
  'Timestamp',
  'Interval',
  'List',
  'Struct',
  'Union',
  'FixedSizeBinary',
  'FixedSizeList',
  'Map',
  'Duration',
  'LargeBinary',
  'LargeUtf8',
  'LargeList',
  'RunEndEncoded',
  'BinaryView',
  'Utf8View',
  'ListView',
  'LargeListView',
] as const;

/** An Arrow type, without its parameters. */
export type TypeName = (typeof TYPE_NAMES)[number] | 'Unknown';

/** A column, or a part of a nested one. */
export interface ArrowField {
  readonly name: string;
  readonly type: TypeName;
  /** The type of its numbers, where it is a column of integers or floating-point numbers. */
  readonly element: ElementType | undefined;
  /** FixedSizeList: entries in each row. */
  readonly listSize: number;
  /** Union: whether its children are dense. */
  readonly dense: boolean;
  /** Whether the values are in a dictionary and the column holds their indices. */
  readonly encoded: boolean;
  readonly children: readonly ArrowField[];
  /** Why it may be meant as numbers though it is not read as such. */
  readonly meant?: string | undefined;
  /** Whether it is the index of a data frame. */
  readonly index?: boolean | undefined;
}

/** What a table's columns are. */
export interface ArrowSchema {
  readonly fields: readonly ArrowField[];
  /** The table's own key-value metadata. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly bigEndian: boolean;
}

/** Nesting past this is damage. */
const MAX_DEPTH = 64;

/** @throws RangeError where the bytes are no schema */
export function decodeSchema(table: FlatTable): ArrowSchema {
  return {
    bigEndian: table.int16(0) !== 0,
    fields: table.tables(1).map((field) => decodeField(field, 0)),
    metadata: new Map(table.tables(2).map((entry) => [entry.string(0), entry.string(1)])),
  };
}

function decodeField(table: FlatTable, depth: number): ArrowField {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  const type = TYPE_NAMES[table.uint8(2)] ?? 'Unknown';
  const parameters = table.table(3);
  const encoded = table.table(4) !== undefined;
  return {
    name: table.string(0),
    type,
    element: encoded || !parameters ? undefined : elementOf(type, parameters),
    listSize: type === 'FixedSizeList' ? (parameters?.int32(0) ?? 0) : 0,
    dense: type === 'Union' && parameters?.int16(0) === 1,
    encoded,
    children: table.tables(5).map((child) => decodeField(child, depth + 1)),
  };
}

function elementOf(type: TypeName, parameters: FlatTable): ElementType | undefined {
  let name: string | undefined;
  if (type === 'Int') name = `${parameters.uint8(1) ? 'int' : 'uint'}${parameters.int32(0)}`;
  else if (type === 'Float') name = ['float16', 'float32', 'float64'][parameters.int16(0)];
  return name !== undefined && Object.hasOwn(ELEMENTS, name) ? ELEMENTS[name as ElementName] : undefined;
}

/** A column's name as messages show it: in one line, and not too long. */
export { shownColumn as shownName } from '../../columns/table-column.js';

/** A field's type as Arrow's libraries spell it, such as `FixedSizeList[64]<Float32>`. */
export function describeType({ type, element, listSize, encoded, children }: ArrowField): string {
  const name = element
    ? element.name.replace(/^(u?)(.)/, (_, u, first) => (u ? `U${first}` : first.toUpperCase()))
    : type;
  const size = type === 'FixedSizeList' ? `[${listSize}]` : '';
  const inner = type === 'Struct' || children.length === 0 ? '' : `<${children.map(describeType).join(', ')}>`;
  return encoded ? `Dictionary<${name}>` : `${name}${size}${inner}`;
}
