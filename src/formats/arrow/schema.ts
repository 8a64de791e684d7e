/** Arrow schemas: the columns of a table, their types, and the table's metadata. */

import { pandasIndex } from '../columns/pandas-index.js';
import { ELEMENTS, type ElementName, type ElementType } from '../elements.js';
import type { FlatTable } from './flatbuffer.js';

/** Arrow's types by the number that stands for them (Schema.fbs, union Type). */
const TYPE_NAMES = [
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

/**
 * How the numbers of a column lie in its buffers: one after another; as bits; as dates and times, to be divided; as whole numbers to be divided by a power of ten; as
 * positions in a dictionary; as runs of one value each.
 */
export type Storage =
  | { readonly kind: 'plain'; readonly element: ElementType }
  | { readonly kind: 'bits' }
  | { readonly kind: 'time'; readonly element: ElementType; readonly divisor: number }
  | { readonly kind: 'decimal'; readonly bytes: 4 | 8 | 16 | 32; readonly scale: number }
  | { readonly kind: 'dictionary'; readonly dictionary: DictionaryOf }
  | { readonly kind: 'runs'; readonly ends: ElementType; readonly values: Storage };

/** The dictionary of a column that holds positions in one. */
export interface DictionaryOf {
  readonly id: bigint;
  readonly indices: ElementType;
  /** What the dictionary's values are. */
  readonly values: ArrowField;
}

/** A column, or a part of a nested one. */
export interface ArrowField {
  readonly name: string;
  readonly type: TypeName;
  /** The type of its numbers, where it is a column of numbers, however they are stored. */
  readonly element: ElementType | undefined;
  /** How they are stored. */
  readonly storage?: Storage | undefined;
  /** The type with its parameters, where its name alone does not tell all. */
  readonly typeName?: string | undefined;
  /** FixedSizeList: entries in each row. */
  readonly listSize: number;
  /** Union: whether its children are dense. */
  readonly dense: boolean;
  /** Whether the values are in a dictionary and the column holds their indices. */
  readonly encoded: boolean;
  /** The dictionary's number, where there is one. */
  readonly dictionary?: bigint | undefined;
  /** How positions in it are stored, where its values are no numbers. */
  readonly indices?: ElementType | undefined;
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
  const fields = table.tables(1).map((field) => decodeField(field, 0));
  const metadata = new Map(table.tables(2).map((entry) => [entry.string(0), entry.string(1)]));
  const names = fields.map(({ name }) => name);
  const index = pandasIndex(names, metadata);
  table.int64s(3);
  return {
    bigEndian: table.int16(0) !== 0,
    fields: fields.map((field, i) => ({ ...field, meant: meaningOf(field), index: index.has(i) })),
    metadata,
  };
}

function decodeField(table: FlatTable, depth: number): ArrowField {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  const type = TYPE_NAMES[table.uint8(2)] ?? 'Unknown';
  const parameters = table.table(3);
  const encoding = table.table(4);
  const children = table.tables(5).map((child) => decodeField(child, depth + 1));
  // The library that reads tables whole takes every length at its word: those that are not used here are looked at nevertheless.
  table.tables(6);
  if (type === 'Union') parameters?.structs(1, 4);
  const values: ArrowField = {
    name: table.string(0),
    type,
    ...numbersOf(type, parameters, children),
    typeName: typeNameOf(type, parameters),
    listSize: type === 'FixedSizeList' ? (parameters?.int32(0) ?? 0) : 0,
    dense: type === 'Union' && parameters?.int16(0) === 1,
    encoded: false,
    children,
  };
  return encoding ? encodedField(values, encoding) : values;
}

/** A column of positions in a dictionary of `values`. */
function encodedField(values: ArrowField, encoding: FlatTable): ArrowField {
  const indexType = encoding.table(1);
  const indices = indexType ? plainElement('Int', indexType) : ELEMENTS.int32;
  if (!indices) throw new RangeError('positions in a dictionary that are no integers');
  // Runs of positions are read; runs as the values of a dictionary could be any number of them in few bytes.
  if (!values.storage || values.storage.kind === 'runs') {
    return {
      ...values,
      encoded: true,
      dictionary: encoding.bigint(0),
      indices,
      element: undefined,
      storage: undefined,
    };
  }
  return {
    ...values,
    encoded: true,
    storage: { kind: 'dictionary', dictionary: { id: encoding.bigint(0), indices, values } },
  };
}

/** What a column's numbers are, and how they are stored. */
function numbersOf(
  type: TypeName,
  parameters: FlatTable | undefined,
  children: readonly ArrowField[],
): Pick<ArrowField, 'element' | 'storage'> {
  if (type === 'Bool') return { element: ELEMENTS.bool, storage: { kind: 'bits' } };
  if (type === 'RunEndEncoded') {
    const [ends, values] = children;
    if (ends?.storage?.kind !== 'plain' || ends.element?.floating || !values?.storage) return { element: undefined };
    return { element: values.element, storage: { kind: 'runs', ends: ends.storage.element, values: values.storage } };
  }
  if (type === 'Decimal' && parameters) {
    const bytes = DECIMAL_BYTES.find((size) => 8 * size === decimalBits(parameters));
    const storage: Storage | undefined = bytes && { kind: 'decimal', bytes, scale: parameters.int32(1) };
    return { element: storage && ELEMENTS.float64, storage };
  }
  const time = parameters && timeStorage(type, parameters);
  if (time) return { element: undefined, storage: time };
  const element = parameters && plainElement(type, parameters);
  return { element, storage: element && { kind: 'plain', element } };
}

const DAY_MILLISECONDS = 86_400_000;

/** Parts of a second, by the unit of a time: seconds, milliseconds, microseconds, nanoseconds. */
const PER_SECOND = [1, 1e3, 1e6, 1e9] as const;
const MILLISECONDS = 1;

const TIMES: ReadonlySet<TypeName> = new Set(['Date', 'Time', 'Timestamp', 'Duration']);

/** How dates and times are stored: as days or parts of a second, which are read as days and seconds. */
function timeStorage(type: TypeName, parameters: FlatTable): Storage | undefined {
  if (!TIMES.has(type)) return undefined;
  // What is not stored of a date, a time and a duration is milliseconds; of a timestamp, seconds.
  const unit = type !== 'Timestamp' && !parameters.has(0) ? MILLISECONDS : parameters.int16(0);
  if (type === 'Date') {
    return unit === MILLISECONDS
      ? { kind: 'time', element: ELEMENTS.int64, divisor: DAY_MILLISECONDS }
      : { kind: 'time', element: ELEMENTS.int32, divisor: 1 };
  }
  const divisor = PER_SECOND[unit];
  if (divisor === undefined) return undefined;
  if (type === 'Time')
    return { kind: 'time', element: unit <= MILLISECONDS ? ELEMENTS.int32 : ELEMENTS.int64, divisor };
  return { kind: 'time', element: ELEMENTS.int64, divisor };
}

const DECIMAL_BYTES = [4, 8, 16, 32] as const;

/** Bits of a decimal; where no width is stored, 128, the only one there was. */
const decimalBits = (parameters: FlatTable): number => parameters.int32(2) || 128;

function plainElement(type: TypeName, parameters: FlatTable): ElementType | undefined {
  let name: string | undefined;
  if (type === 'Int') name = `${parameters.uint8(1) ? 'int' : 'uint'}${parameters.int32(0)}`;
  else if (type === 'Float') name = ['float16', 'float32', 'float64'][parameters.int16(0)];
  return name !== undefined && Object.hasOwn(ELEMENTS, name) ? ELEMENTS[name as ElementName] : undefined;
}

function typeNameOf(type: TypeName, parameters: FlatTable | undefined): string | undefined {
  if (!parameters) return undefined;
  if (type === 'Decimal') return `Decimal${decimalBits(parameters)}(${parameters.int32(0)}, ${parameters.int32(1)})`;
  return type === 'FixedSizeBinary' ? `FixedSizeBinary[${parameters.int32(0)}]` : undefined;
}

/** Types of which numbers can be made, by a decision that is the user's. */
const NEAR_NUMBERS: ReadonlySet<TypeName> = new Set([
  'Date',
  'Time',
  'Timestamp',
  'Interval',
  'Duration',
  'FixedSizeBinary',
]);

/** Why a column that is not read as numbers may be meant as such; undefined where nothing suggests it. */
function meaningOf(field: ArrowField): string | undefined {
  const type = describeType(field);
  if (field.element || isListOfNumbers(field)) return undefined;
  if (field.type === 'Null') return 'no value in any row';
  if (!field.encoded && NEAR_NUMBERS.has(field.type)) return type;
  if (!hasNumbers(field)) return undefined;
  return field.type === 'Struct' || field.type === 'Map' ? `${type} with numbers` : type;
}

/** Whether a column's rows are lists of numbers that are read. */
export const isListOfNumbers = ({ type, encoded, children }: ArrowField): boolean =>
  !encoded && LISTS.has(type) && children.length === 1 && children[0]!.element !== undefined;

const LISTS: ReadonlySet<TypeName> = new Set(['List', 'LargeList', 'FixedSizeList', 'ListView', 'LargeListView']);

const hasNumbers = ({ element, children }: ArrowField): boolean => element !== undefined || children.some(hasNumbers);

/** A column's name as messages show it: in one line, and not too long. */
export { shownColumn as shownName } from '../../text.js';

/** A field's type as Arrow's libraries spell it, such as `FixedSizeList[64]<Float32>`. */
export function describeType({ type, typeName, element, listSize, encoded, children }: ArrowField): string {
  const isPlain = (type === 'Int' || type === 'Float') && element;
  const name = isPlain
    ? element.name.replace(/^(u?)(.)/, (_, u, first) => (u ? `U${first}` : first.toUpperCase()))
    : (typeName ?? type);
  const size = type === 'FixedSizeList' ? `[${listSize}]` : '';
  const inner = type === 'Struct' || children.length === 0 ? '' : `<${children.map(describeType).join(', ')}>`;
  return encoded ? `Dictionary<${name}${size}${inner}>` : `${name}${size}${inner}`;
}
