/** A table's columns as Arrow and Parquet describe them: which of them make the matrix, and which one holds ids. */

import { dataError } from '../../../errors.js';
import { chooseColumns, describeLeftOut, findColumn } from '../../columns/choose.js';
import type { ColumnNames } from '../../columns/expected.js';
import { type ColumnKind, labelOf, type TableColumn } from '../../columns/table-column.js';
import { MAX_COLUMNS } from '../../limits.js';
import type { Dtype } from '../../row-block.js';
import type { IdType } from '../../row-ids.js';
import type { ElementType } from '../elements.js';
import type { ReadOptions } from '../format.js';
import { type ArrowField, type ArrowSchema, describeType } from './schema.js';

/** What is the same of columns of lists and of numbers. */
interface Chosen {
  readonly dtype: Dtype;
  readonly description: string;
  /** Columns that could be a part of the matrix or the matrix, had someone named them. */
  readonly leftOut: readonly string[];
  readonly columnNames: ColumnNames | undefined;
  readonly onlyIntegers: boolean;
}

/** A column whose lists of numbers are the rows. */
export interface ListColumn extends Chosen {
  readonly kind: 'list';
  /** Its name as messages show it. */
  readonly name: string;
  /** Its position in the schema. */
  readonly index: number;
  readonly element: ElementType;
  /** Bytes of an offset, for lists whose lengths are in the data; 0 for lists of a fixed size. */
  readonly offsetBytes: 0 | 4 | 8;
  /** Entries in each list; undefined where the data alone say. */
  readonly d: number | undefined;
}

/** Columns of numbers that make the rows. */
export interface NumberColumns extends Chosen {
  readonly kind: 'numbers';
  readonly columns: readonly { readonly name: string; readonly index: number; readonly element: ElementType }[];
  readonly d: number;
}

/** The column of the rows' ids. */
export interface IdColumn {
  /** Its name as messages show it. */
  readonly name: string;
  /** Its position in the schema. */
  readonly index: number;
  readonly type: IdType;
  /** Of whole numbers. */
  readonly element: ElementType | undefined;
  /** How text lies in the data. */
  readonly text: (typeof TEXT_TYPES)[number] | undefined;
}

const TEXT_TYPES = ['Utf8', 'LargeUtf8', 'Utf8View'] as const;

/**
 * Chooses the columns of the matrix and of the ids.
 * @throws LevattnError as {@link chooseColumns}, and where ids are neither whole numbers nor text
 */
export function chooseFields(
  { fields }: Pick<ArrowSchema, 'fields'>,
  options: ReadOptions,
  source: string,
): { readonly chosen: ListColumn | NumberColumns; readonly ids: IdColumn | undefined } {
  const columns = fields.map(columnOf);
  const { idColumn } = options;
  const ids = idColumn === undefined ? undefined : findColumn(columns, idColumn, source);
  const idsChosen = ids === undefined ? undefined : idColumnAt(fields[ids]!, columns, ids, source);
  const { kind, picked, leftOut, names, onlyIntegers } = chooseColumns(columns, options, source);
  const left = describeLeftOut(columns, leftOut);
  const common = {
    leftOut: leftOut.map(({ position }) => labelOf(columns, position)),
    columnNames: names,
    onlyIntegers,
  };
  const suffix = left === '' ? '' : ` (left out: ${left})`;
  const chosen =
    kind === 'list'
      ? { ...common, ...listColumn(fields, columns, picked[0]!, suffix, source) }
      : { ...common, ...numberColumns(fields, columns, picked, suffix, source) };
  return { chosen, ids: idsChosen };
}

/** A field as the choice sees it. */
function columnOf(field: ArrowField): TableColumn {
  return { name: field.name, kind: kindOf(field), type: describeType(field), meant: field.meant, index: field.index };
}

function kindOf(field: ArrowField): ColumnKind {
  const { element } = field;
  if (element) return element.floating ? 'floating' : element.name === 'bool' ? 'boolean' : 'integer';
  const item = listElement(field);
  if (!item) return 'other';
  return item.floating ? 'list-floating' : 'list-integer';
}

function idColumnAt(field: ArrowField, columns: readonly TableColumn[], index: number, source: string): IdColumn {
  const text = field.encoded ? undefined : TEXT_TYPES.find((type) => type === field.type);
  const element = kindOf(field) === 'integer' ? field.element : undefined;
  const name = labelOf(columns, index);
  if (!text && !element) {
    throw dataError(`${source}: column ${name} is ${describeType(field)}, not ids, which are whole numbers or text`);
  }
  const type = text ? 'utf8' : element!.name.startsWith('u') ? 'uint64' : 'int64';
  return { name, index, type, element, text };
}

/** The type of the numbers in a column of lists. */
function listElement({ type, encoded, children }: ArrowField): ElementType | undefined {
  const isList = !encoded && (type === 'List' || type === 'LargeList' || type === 'FixedSizeList');
  return isList && children.length === 1 ? children[0]!.element : undefined;
}

function listColumn(
  fields: readonly ArrowField[],
  columns: readonly TableColumn[],
  index: number,
  suffix: string,
  source: string,
): Omit<ListColumn, 'leftOut' | 'columnNames' | 'onlyIntegers'> {
  const field = fields[index]!;
  const element = listElement(field)!;
  const name = labelOf(columns, index);
  const fixed = field.type === 'FixedSizeList';
  if (fixed) checkWidth(field.listSize, `column ${name}`, source);
  return {
    kind: 'list',
    name,
    index,
    element,
    offsetBytes: fixed ? 0 : field.type === 'List' ? 4 : 8,
    d: fixed ? field.listSize : undefined,
    dtype: element.dtype,
    description: `column ${name}: ${describeType(field)}${suffix}`,
  };
}

function numberColumns(
  fields: readonly ArrowField[],
  all: readonly TableColumn[],
  indexes: readonly number[],
  suffix: string,
  source: string,
): Omit<NumberColumns, 'leftOut' | 'columnNames' | 'onlyIntegers'> {
  checkWidth(indexes.length, 'a row', source);
  const columns = indexes.map((index) => ({ name: labelOf(all, index), index, element: fields[index]!.element! }));
  const types = [...new Set(indexes.map((index) => describeType(fields[index]!)))].join('/');
  const names = columns.map(({ name }) => name);
  const range = names.length > 4 ? `${names[0]} to ${names.at(-1)}` : names.join(', ');
  return {
    kind: 'numbers',
    columns,
    d: columns.length,
    dtype: columns.some(({ element }) => element.dtype === 'float64') ? 'float64' : 'float32',
    description: `${columns.length} ${types} column${columns.length === 1 ? '' : 's'} ${range}${suffix}`,
  };
}

/**
 * Refuses rows of no or of too many entries.
 * @param what - what has them
 */
export function checkWidth(d: number, what: string, source: string): void {
  if (d >= 1 && d <= MAX_COLUMNS) return;
  throw dataError(`${source}: ${what} has ${d} entries; from 1 to ${MAX_COLUMNS} are read`);
}
