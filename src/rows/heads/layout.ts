/** What the axes of an array are whose matrices belong to the heads of attention, to the examples of a batch, and to layers of a model. */

import { dataError, type LevattnError } from '../../errors.js';
import type { HeadAxis, MatrixReader } from '../row-block.js';

/** The orders of axes that are read: l layers, b examples of a batch, h heads, n tokens, d columns. */
export const LAYOUTS = ['hnd', 'nhd', 'bhnd', 'bnhd', 'bnd', 'lnd', 'lhnd', 'lnhd', 'lbnd', 'lbhnd', 'lbnhd'] as const;

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
  /** Layers, 1 or left out where it has no such axis. */
  readonly layers?: number | undefined;
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

/** The axes that tell matrices apart, by their letters, the outermost first. */
const AXES = [
  ['l', 'layer'],
  ['b', 'batch'],
  ['h', 'head'],
] as const;

/**
 * What matrices a reader's rows make.
 * @throws LevattnError where the axes do not fit the options
 */
export function headShape(reader: MatrixReader, { layout, heads }: LayoutOptions = {}): HeadShape {
  const shape = reader.shape ?? [reader.rows, reader.d];
  const refuse = (reason: string): LevattnError =>
    dataError(`${reader.name}: shape (${shape.map((length) => length ?? 'n').join(', ')}), ${reason}`);
  if (heads !== undefined) return splitColumns(reader, shape, layout, heads, refuse);
  if (shape.length === 2) {
    if (layout === undefined) return { axes: [], batch: 1, heads: 1, n: shape[0], d: reader.d, interleaved: false };
    throw refuse(`but --layout ${layout} has ${layout.length} axes; leave it out, or say how many --heads a row holds`);
  }
  if (layout === undefined && shape.length === 5) throw refuse('whose axes are not known; say --layout lbhnd or lbnhd');
  const order = layout ?? (shape.length === 3 ? 'hnd' : 'bhnd');
  if (order.length !== shape.length) throw refuse(`but --layout ${order} has ${order.length} axes; choose another`);
  return { ...lengthsIn(order, shape), d: reader.d, interleaved: order.endsWith('nhd') };
}

/** What the lengths of some axes say. */
function lengthsIn(
  order: string,
  shape: readonly (number | undefined)[],
): Pick<HeadShape, 'axes' | 'layers' | 'batch' | 'heads' | 'n'> {
  const lengthOf = (axis: string): number | undefined =>
    order.includes(axis) ? shape[order.indexOf(axis)] : undefined;
  return {
    axes: AXES.flatMap(([letter, axis]) => (order.includes(letter) ? [axis] : [])),
    ...(order.includes('l') && { layers: lengthOf('l')! }),
    batch: lengthOf('b') ?? 1,
    heads: lengthOf('h') ?? 1,
    n: lengthOf('n'),
  };
}

/** Rows that hold those of several heads: an axis of heads before the columns. */
function splitColumns(
  { d }: MatrixReader,
  shape: readonly (number | undefined)[],
  layout: Layout | undefined,
  heads: number,
  refuse: (reason: string) => LevattnError,
): HeadShape {
  const order = layout?.startsWith('l') ? layout : ['nd', 'bnd'][shape.length - 2];
  if (order === undefined || order.includes('h')) throw refuse('has an axis of heads already; leave --heads out');
  if (order.length !== shape.length) throw refuse(`but --layout ${order} has ${order.length} axes; choose another`);
  if (d % heads !== 0)
    throw refuse(`whose rows of ${d} columns are not those of ${heads} heads; choose another --heads`);
  const lengths = lengthsIn(order.replace('d', 'hd'), [...shape.slice(0, -1), heads, d / heads]);
  return { ...lengths, d: d / heads, interleaved: true };
}
