/** A Parquet schema as columns that a matrix may be chosen from: the same as Arrow's, so that the same rules choose. */

import type { SchemaElement, SchemaTree } from 'hyparquet';
import type { ArrowField } from '../arrow/schema.js';
import { ELEMENTS, type ElementType } from '../elements.js';

/** A column of the table. */
export interface ParquetColumn {
  readonly field: ArrowField;
  /** The elements from the root to the values, which lie in one place for each row group. */
  readonly path: readonly SchemaTree[];
}

/** Integers by what they are converted to; plain ones have 32 or 64 bits. */
const INTEGERS: { readonly [converted: string]: ElementType } = {
  INT_8: ELEMENTS.int8,
  INT_16: ELEMENTS.int16,
  INT_32: ELEMENTS.int32,
  INT_64: ELEMENTS.int64,
  UINT_8: ELEMENTS.uint8,
  UINT_16: ELEMENTS.uint16,
  UINT_32: ELEMENTS.uint32,
  UINT_64: ELEMENTS.uint64,
};

/** The columns of a table; those that hold neither numbers nor lists of numbers are there to be listed. */
export const columnsOf = (root: SchemaTree): ParquetColumn[] =>
  root.children.map((column) => {
    const path = [root, column];
    // LIST is a group with a repeated group with the item; older writers leave one of them out.
    for (let at = column; at.children.length === 1; path.push(at)) at = at.children[0]!;
    return { field: fieldOf(column, path), path };
  });

function fieldOf({ element }: SchemaTree, path: readonly SchemaTree[]): ArrowField {
  const leaf = path.at(-1)!;
  const repeated = path.filter(({ element: { repetition_type } }) => repetition_type === 'REPEATED').length;
  const number = leaf.children.length === 0 ? numberType(leaf.element) : undefined;
  const common = { listSize: 0, dense: false, encoded: false };
  const plain: ArrowField = {
    ...common,
    name: element.name,
    type: typeName(leaf.element, number),
    element: number,
    children: [],
  };
  if (repeated === 0 && path.length === 2) return plain;
  if (repeated !== 1 || number === undefined) return { ...plain, type: 'Struct', element: undefined };
  return { ...plain, type: 'List', element: undefined, children: [{ ...plain, name: 'item' }] };
}

/** The type of numbers that a message spells from its element; of the others their own name, as near as Arrow has it. */
const typeName = (
  { type, converted_type: converted, logical_type: logical }: SchemaElement,
  number: ElementType | undefined,
): ArrowField['type'] =>
  number
    ? number.floating
      ? 'Float'
      : 'Int'
    : type === 'BOOLEAN'
      ? 'Bool'
      : type === 'BYTE_ARRAY'
        ? converted === 'UTF8' || logical?.type === 'STRING'
          ? 'Utf8'
          : 'Binary'
        : 'Unknown';

function numberType({
  type,
  converted_type: converted,
  logical_type: logical,
  type_length,
}: SchemaElement): ElementType | undefined {
  if (type === 'FLOAT') return ELEMENTS.float32;
  if (type === 'DOUBLE') return ELEMENTS.float64;
  if (type === 'FIXED_LEN_BYTE_ARRAY' && type_length === 2 && logical?.type === 'FLOAT16') return ELEMENTS.float16;
  if (type !== 'INT32' && type !== 'INT64') return undefined;
  if (converted !== undefined) return INTEGERS[converted];
  if (logical?.type === 'INTEGER') {
    const name = `${logical.isSigned ? 'INT' : 'UINT'}_${logical.bitWidth}`;
    return INTEGERS[name];
  }
  // Dates, times and decimals are no numbers here.
  if (logical !== undefined) return undefined;
  return type === 'INT32' ? ELEMENTS.int32 : ELEMENTS.int64;
}
