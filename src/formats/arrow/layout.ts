/** Where each column's nodes and buffers are in a batch: they are listed for all columns one after another. */

import type { BatchHeader, FieldNode, Region } from './message.js';
import { type ArrowField, type ArrowSchema, shownName, type TypeName } from './schema.js';

/** The position of a column's first node and first buffer. */
export interface Place {
  readonly node: number;
  readonly buffer: number;
}

/** Buffers of each type besides those of its children, in Arrow's order. */
const BUFFERS: { readonly [type in TypeName]?: number } = {
  Null: 0,
  Int: 2,
  Float: 2,
  Binary: 3,
  Utf8: 3,
  Bool: 2,
  Decimal: 2,
  Date: 2,
  Time: 2,
  Timestamp: 2,
  Interval: 2,
  List: 2,
  Struct: 1,
  FixedSizeBinary: 2,
  FixedSizeList: 1,
  Map: 2,
  Duration: 2,
  LargeBinary: 3,
  LargeUtf8: 3,
  LargeList: 2,
  RunEndEncoded: 0,
  BinaryView: 2,
  Utf8View: 2,
  ListView: 3,
  LargeListView: 3,
};

/**
 * Finds every column of a batch.
 * @param unionValidity - whether unions still have a validity buffer
 * @returns one place for each field of the schema
 * @throws RangeError where the batch does not fit the schema
 */
export function placeColumns(schema: ArrowSchema, batch: BatchHeader, unionValidity: boolean): Place[] {
  let node = 0;
  let buffer = 0;
  let variadic = 0;

  const pass = (field: ArrowField): void => {
    node++;
    if (field.encoded) {
      buffer += 2;
      return;
    }
    if (field.type === 'Union') {
      buffer += (unionValidity ? 1 : 0) + (field.dense ? 2 : 1);
    } else {
      const own = BUFFERS[field.type];
      if (own === undefined) throw new RangeError(`column ${shownName(field.name)} is of an unknown type`);
      buffer += own;
      if (field.type === 'BinaryView' || field.type === 'Utf8View') buffer += batch.variadicCounts[variadic++] ?? 0;
    }
    field.children.forEach(pass);
  };

  const places = schema.fields.map((field) => {
    const place = { node, buffer };
    pass(field);
    if (batch.nodes[place.node]?.length !== batch.rows) {
      throw new RangeError(`column ${shownName(field.name)} does not have the batch's ${batch.rows} rows`);
    }
    return place;
  });
  if (node !== batch.nodes.length || buffer !== batch.buffers.length) {
    throw new RangeError(`${batch.buffers.length} buffers where the schema asks for ${buffer}`);
  }
  return places;
}

/** A node of a batch that {@link placeColumns} has found to fit. */
export const nodeAt = (batch: BatchHeader, index: number): FieldNode => batch.nodes[index]!;

/** A buffer of a batch that {@link placeColumns} has found to fit. */
export const bufferAt = (batch: BatchHeader, index: number): Region => batch.buffers[index]!;
