/** What the axes of an array are whose matrices belong to the heads of attention, and to the examples of a batch. */

import { dataError, type LevattnError } from '../../errors.js';
import type { HeadAxis, MatrixReader } from '../row-block.js';

/** The orders of axes that are read: b examples of a batch, h heads, n tokens, d columns. */
export const LAYOUTS = ['hnd', 'nhd', 'bhnd', 'bnhd', 'bnd'] as const;

/** An order of axes, one letter each. */
export type Layout = (typeof LAYOUTS)[number];

/** How the order of axes is known, where the input alone does not say. */
export interface LayoutOptions {
  /** Default: `hnd` for three axes, `bhnd` for four. */
  readonly layout?: Layout | undefined;
  /** Every row holds those of this many heads, one after another: (n, heads * d) or (batch, n, heads * d). */
  readonly heads?: number | undefined;
}

/** The matrices in an array. */
export interface HeadShape {
  /** What tells matrices apart, the outermost first; none where there is one matrix. */
  readonly axes: readonly HeadAxis[];
  /** Examples in the batch, 1 where it has no such axis. */
  readonly batch: number;
  /** Heads, 1 where it has no such axis. */
  readonly heads: number;
  /** Rows of each matrix; undefined where only the end of the input says. */
  readonly n: number | undefined;
  /** Columns of each matrix. */
  readonly d: number;
  /** Whether a token's heads lie side by side, so that no head is complete before the last token. */
  readonly interleaved: boolean;
}

/**
 * What matrices a reader's rows make.
 * @throws LevattnError where the axes do not fit the options
 */
export function headShape(reader: MatrixReader, { layout, heads }: LayoutOptions = {}): HeadShape {
  const shape = reader.shape ?? [reader.rows, reader.d];
  const refuse = (reason: string): LevattnError =>
    dataError(`${reader.name}: shape (${shape.map((length) => length ?? 'n').join(', ')}), ${reason}`);
  if (heads !== undefined) return splitColumns(reader, shape, heads, refuse);
  if (shape.length === 2) {
    if (layout === undefined) return { axes: [], batch: 1, heads: 1, n: shape[0], d: reader.d, interleaved: false };
    throw refuse(`but --layout ${layout} has ${layout.length} axes; leave it out, or say how many --heads a row holds`);
  }
  const order = layout ?? (shape.length === 3 ? 'hnd' : 'bhnd');
  if (order.length !== shape.length) throw refuse(`but --layout ${order} has ${order.length} axes; choose another`);
  const lengthOf = (axis: string): number | undefined =>
    order.includes(axis) ? shape[order.indexOf(axis)] : undefined;
  return {
    axes: [...(order.includes('b') ? (['batch'] as const) : []), ...(order.includes('h') ? (['head'] as const) : [])],
    batch: lengthOf('b') ?? 1,
    heads: lengthOf('h') ?? 1,
    n: lengthOf('n'),
    d: reader.d,
    interleaved: order.endsWith('nhd'),
  };
}

/** Rows that hold those of several heads. */
function splitColumns(
  { d }: MatrixReader,
  shape: readonly (number | undefined)[],
  heads: number,
  refuse: (reason: string) => LevattnError,
): HeadShape {
  if (shape.length > 3) throw refuse('has an axis of heads already; leave --heads out');
  if (d % heads !== 0)
    throw refuse(`whose rows of ${d} columns are not those of ${heads} heads; choose another --heads`);
  const [batch, n] = shape.length === 3 ? [shape[0]!, shape[1]] : [1, shape[0]];
  return {
    axes: shape.length === 3 ? ['batch', 'head'] : ['head'],
    batch,
    heads,
    n,
    d: d / heads,
    interleaved: true,
  };
}
