/** Which of a table's columns make the matrix: one column of lists, or several columns of numbers. */

import { dataError, usageError } from '../../../errors.js';
import { MAX_COLUMNS } from '../../limits.js';
import type { Dtype } from '../../row-block.js';
import type { IdType } from '../../row-ids.js';
import type { ElementType } from '../elements.js';
import type { ReadOptions } from '../format.js';
import { type ArrowField, type ArrowSchema, describeType, shownName } from './schema.js';

/** A column whose lists of numbers are the rows. */
export interface ListColumn {
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
  readonly dtype: Dtype;
  readonly description: string;
  readonly leftOut: readonly string[];
}

/** Columns of numbers that make the rows. */
export interface NumberColumns {
  readonly kind: 'numbers';
  readonly columns: readonly { readonly name: string; readonly index: number; readonly element: ElementType }[];
  readonly d: number;
  readonly dtype: Dtype;
  readonly description: string;
  /** Columns that could be a part of the matrix or the matrix, had someone named them. */
  readonly leftOut: readonly string[];
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

/** The most columns that a message lists, and the most characters of the list. */
const LISTED = 20;
const LISTED_CHARACTERS = 800;
/** The most that it lists of the columns that were left out. */
const LISTED_LEFT_OUT = 5;

/**
 * Chooses the columns: those that are named, else the one floating list column, else every floating column, else the
 * same of integers.
 * @throws LevattnError where there are none, several list columns, or none of the names that are asked for
 */
export function chooseColumns(schema: ArrowSchema, options: ReadOptions, source: string): ListColumn | NumberColumns {
  const { column, columns, idColumn } = options;
  if (column !== undefined && columns !== undefined) {
    throw usageError('--column names a list column and --columns number columns; give one of the two');
  }
  if (idColumn !== undefined && [column, ...(columns ?? [])].includes(idColumn)) {
    throw usageError(`column ${shownName(idColumn)} is named for the ids and for the matrix; it can be one of the two`);
  }
  if (column !== undefined) return namedList(schema.fields, column, source);
  if (columns !== undefined) return namedNumbers(schema.fields, columns, source);
  return likelyColumns(schema.fields, idColumn, source);
}

/**
 * The column of ids.
 * @throws LevattnError where there is none of that name, or it holds neither whole numbers nor text
 */
export function chooseIds({ fields }: ArrowSchema, column: string, source: string): IdColumn {
  const index = findName(fields, column, source);
  const field = fields[index]!;
  const text = field.encoded ? undefined : TEXT_TYPES.find((type) => type === field.type);
  const element = isInteger(field.element) ? field.element : undefined;
  if (!text && !element) throw notOfKind(field, 'ids, which are whole numbers or text', source);
  const type = text ? 'utf8' : element!.name.startsWith('u') ? 'uint64' : 'int64';
  return { name: shownName(field.name), index, type, element, text };
}

function namedList(fields: readonly ArrowField[], name: string, source: string): ListColumn {
  const index = findName(fields, name, source);
  const element = listElement(fields[index]!);
  if (!element) throw notOfKind(fields[index]!, 'a list of numbers; name number columns with --columns', source);
  return listColumn(fields, index, element, source);
}

function namedNumbers(fields: readonly ArrowField[], names: readonly string[], source: string): NumberColumns {
  const indexes = names.map((name) => findName(fields, name, source));
  const twice = indexes.findIndex((index, i) => indexes.indexOf(index) < i);
  if (twice >= 0) throw usageError(`--columns names ${shownName(names[twice]!)} twice; name each column once`);
  for (const index of indexes) {
    const field = fields[index]!;
    if (!field.element) throw notOfKind(field, 'a number; name a list column with --column', source);
  }
  return numberColumns(fields, indexes, [], source);
}

function likelyColumns(
  fields: readonly ArrowField[],
  ids: string | undefined,
  source: string,
): ListColumn | NumberColumns {
  const indexesWhere = (test: (field: ArrowField) => boolean): number[] =>
    fields.flatMap((field, i) => (field.name !== ids && test(field) ? [i] : []));
  for (const floating of [true, false]) {
    const lists = indexesWhere((field) => listElement(field)?.floating === floating);
    if (lists.length > 1) {
      const listed = listFields(lists.map((index) => fields[index]!));
      throw dataError(`${source}: several list columns: ${listed}; name one with --column`);
    }
    if (lists.length === 1) return listColumn(fields, lists[0]!, listElement(fields[lists[0]!]!)!, source);
    const numbers = indexesWhere((field) => field.element?.floating === floating);
    if (numbers.length === 0) continue;
    const leftOut = floating ? indexesWhere((field) => isInteger(field.element ?? listElement(field))) : [];
    return numberColumns(fields, numbers, leftOut, source);
  }
  throw dataError(
    `${source}: no matrix in its columns (${listFields(fields) || 'none'}); a column of lists of numbers or columns of numbers are expected`,
  );
}

const isInteger = (element: ElementType | undefined): boolean => element?.floating === false;

function findName(fields: readonly ArrowField[], name: string, source: string): number {
  const index = fields.findIndex((field) => field.name === name);
  if (index < 0) throw dataError(`${source}: no column ${shownName(name)}; there are ${listFields(fields)}`);
  if (!fields.some((field, i) => i > index && field.name === name)) return index;
  throw dataError(`${source}: more than one column is named ${shownName(name)}; rename them`);
}

const notOfKind = (field: ArrowField, expected: string, source: string): Error =>
  dataError(`${source}: column ${shownName(field.name)} is ${describeType(field)}, not ${expected}`);

/** The type of the numbers in a column of lists. */
function listElement({ type, encoded, children }: ArrowField): ElementType | undefined {
  const isList = !encoded && (type === 'List' || type === 'LargeList' || type === 'FixedSizeList');
  return isList && children.length === 1 ? children[0]!.element : undefined;
}

function listColumn(fields: readonly ArrowField[], index: number, element: ElementType, source: string): ListColumn {
  const field = fields[index]!;
  const name = shownName(field.name);
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
    description: `column ${name}: ${describeType(field)}`,
    leftOut: [],
  };
}

function numberColumns(
  fields: readonly ArrowField[],
  indexes: readonly number[],
  leftOut: readonly number[],
  source: string,
): NumberColumns {
  checkWidth(indexes.length, 'a row', source);
  const nameOf = (index: number): string => shownName(fields[index]!.name);
  const columns = indexes.map((index) => ({ name: nameOf(index), index, element: fields[index]!.element! }));
  const left = leftOut.map(nameOf);
  const types = [...new Set(indexes.map((index) => describeType(fields[index]!)))].join('/');
  const names = columns.map(({ name }) => name);
  const range = names.length > 4 ? `${names[0]} to ${names.at(-1)}` : names.join(', ');
  return {
    kind: 'numbers',
    columns,
    d: columns.length,
    dtype: columns.some(({ element }) => element.dtype === 'float64') ? 'float64' : 'float32',
    description: `${columns.length} ${types} column${columns.length === 1 ? '' : 's'} ${range}${describeLeftOut(left)}`,
    leftOut: left,
  };
}

function describeLeftOut(names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length - LISTED_LEFT_OUT;
  return ` (left out: ${names.slice(0, LISTED_LEFT_OUT).join(', ')}${more > 0 ? ` and ${more} more` : ''})`;
}

/**
 * Refuses rows of no or of too many entries.
 * @param what - what has them
 */
export function checkWidth(d: number, what: string, source: string): void {
  if (d >= 1 && d <= MAX_COLUMNS) return;
  throw dataError(`${source}: ${what} has ${d} entries; from 1 to ${MAX_COLUMNS} are read`);
}

function listFields(fields: readonly ArrowField[]): string {
  const listed = fields.slice(0, LISTED).map((field) => `${shownName(field.name)}: ${describeType(field)}`);
  if (fields.length > LISTED) listed.push(`and ${fields.length - LISTED} more`);
  const text = listed.join(', ');
  return text.length > LISTED_CHARACTERS ? `${text.slice(0, LISTED_CHARACTERS)}…` : text;
}
