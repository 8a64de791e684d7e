/** A table's columns as Arrow describes them: which of them make the matrix, and which one holds ids. */

import { dataError } from '../../errors.js';
import type { ColumnNames } from '../../rows/column-names.js';
import { MAX_COLUMNS } from '../../rows/limits.js';
import type { Dtype } from '../../rows/row-block.js';
import { chooseColumns, numbersPicked } from '../columns/choose.js';
import { describeChoice } from '../columns/describe.js';
import { findColumn } from '../columns/select.js';
import { type ColumnKind, labelOf, type TableColumn } from '../columns/table-column.js';
import type { ElementType } from '../elements.js';
import type { ReadOptions } from '../format.js';
import { type IdColumn, TEXT_TYPES } from './ids.js';
import { type ArrowField, type ArrowSchema, describeType, isListOfNumbers } from './schema.js';

/** What is the same of columns of lists and of numbers. */
interface Chosen {
  readonly dtype: Dtype;
  readonly description: string;
  /** Columns that could be a part of the matrix or the matrix, had someone named them. */
  readonly leftOut: readonly string[];
  readonly columnNames: ColumnNames | undefined;
  readonly onlyIntegers: boolean;
  /** All columns. */
  readonly table: readonly TableColumn[];
  /** Those of the matrix among them, where they are columns of numbers. */
  readonly picked: readonly number[] | undefined;
}

/** A column whose lists of numbers are the rows. */
export interface ListColumn extends Chosen {
  readonly kind: 'list';
  /** Its name as messages show it. */
  readonly name: string;
  /** Its position in the schema. */
  readonly index: number;
  /** What its entries are. */
  readonly item: ArrowField;
  readonly element: ElementType;
  /** Bytes of an offset, for lists whose lengths are in the data; 0 for lists of a fixed size. */
  readonly offsetBytes: 0 | 4 | 8;
  /** Whether each list has its own place and length, in any order; else one follows another. */
  readonly isView: boolean;
  /** Entries in each list; undefined where the data alone say. */
  readonly d: number | undefined;
}

/** A column of numbers. */
export interface NumberColumn {
  /** Its name as messages show it. */
  readonly name: string;
  /** Its position in the schema. */
  readonly index: number;
  readonly field: ArrowField;
}

/** Columns of numbers that make the rows. */
export interface NumberColumns extends Chosen {
  readonly kind: 'numbers';
  readonly columns: readonly NumberColumn[];
  readonly d: number;
}

/**
 * Chooses the columns of the matrix and of the ids.
 * @throws LevattnError as {@link chooseColumns}, and where ids are neither whole numbers nor text
 */
export function chooseFields(
  { fields }: Pick<ArrowSchema, 'fields'>,
  options: ReadOptions,
  source: string,
): {
  readonly chosen: ListColumn | NumberColumns;
  readonly ids: IdColumn | undefined;
  readonly beside: readonly IdColumn[];
} {
  const columns = fields.map(columnOf);
  const { idColumn } = options;
  const ids =
    idColumn === undefined ? undefined : idColumnAt(fields, columns, findColumn(columns, idColumn, source), source);
  const beside = (options.beside ?? []).map((entry) => ({
    ...idColumnAt(fields, columns, findColumn(columns, entry, source), source),
    nullable: true,
  }));
  const choice = chooseColumns(columns, options, source);
  const { picked } = choice;
  const common = {
    description: describeChoice(columns, choice),
    leftOut: choice.leftOut.map(({ position }) => labelOf(columns, position)),
    columnNames: choice.names,
    onlyIntegers: choice.onlyIntegers,
    table: columns,
    picked: numbersPicked(choice),
  };
  const all = picked.map((index) => ({ name: labelOf(columns, index), index, field: fields[index]! }));
  const chosen = choice.kind === 'list' ? listColumn(all[0]!, common, source) : numberColumns(all, common);
  return { chosen, ids, beside };
}

/** A field as the choice sees it. */
function columnOf(field: ArrowField): TableColumn {
  return { name: field.name, kind: kindOf(field), type: describeType(field), meant: field.meant, index: field.index };
}

function kindOf(field: ArrowField): ColumnKind {
  const { element } = field;
  if (element) return element.floating ? 'floating' : element.name === 'bool' ? 'boolean' : 'integer';
  if (field.storage?.kind === 'time') return 'time';
  if (!isListOfNumbers(field)) return 'other';
  return field.children[0]!.element!.floating ? 'list-floating' : 'list-integer';
}

function idColumnAt(
  fields: readonly ArrowField[],
  columns: readonly TableColumn[],
  index: number,
  source: string,
): IdColumn {
  const field = fields[index]!;
  const text = TEXT_TYPES.find((type) => type === field.type);
  const plain = field.storage?.kind === 'plain' && !field.element?.floating ? field.element : undefined;
  const element = plain ?? (text && field.indices);
  const name = labelOf(columns, index);
  const decimal = field.storage?.kind === 'decimal' && !field.encoded ? field.storage : undefined;
  if (!text && !element && !decimal) {
    throw dataError(`${source}: column ${name} is ${describeType(field)}, not ids, which are whole numbers or text`);
  }
  const type = text || decimal ? 'utf8' : element!.name.startsWith('u') ? 'uint64' : 'int64';
  return { name, index, type, element, text, decimal, values: field.encoded ? field : undefined };
}

function listColumn({ name, index, field }: NumberColumn, common: Omit<Chosen, 'dtype'>, source: string): ListColumn {
  const { type, listSize, children } = field;
  const element = children[0]!.element!;
  const fixed = type === 'FixedSizeList';
  if (fixed) checkWidth(listSize, `column ${name}`, source);
  return {
    ...common,
    kind: 'list',
    name,
    index,
    item: children[0]!,
    element,
    offsetBytes: fixed ? 0 : type.startsWith('Large') ? 8 : 4,
    isView: type.endsWith('ListView'),
    d: fixed ? listSize : undefined,
    dtype: element.dtype,
  };
}

const numberColumns = (columns: readonly NumberColumn[], common: Omit<Chosen, 'dtype'>): NumberColumns => ({
  ...common,
  kind: 'numbers',
  columns,
  d: columns.length,
  dtype: columns.some(({ field }) => field.element?.dtype !== 'float32') ? 'float64' : 'float32',
});

/**
 * Refuses rows of no or of too many entries.
 * @param what - what has them
 */
export function checkWidth(entries: number, what: string, source: string): void {
  if (entries >= 1 && entries <= MAX_COLUMNS) return;
  throw dataError(`${source}: ${what} has ${entries} entries; from 1 to ${MAX_COLUMNS} are read`);
}
