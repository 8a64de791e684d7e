/** What the kernels of attention layers work on: rows of many heads at a time, and the keys that were chosen for each head. */

/**
 * Rows of many heads in one array: element j of row i of head h of batch element b is
 * `values[offset + b strides[0] + h strides[1] + i strides[2] + j]`.
 */
export interface HeadRows {
  readonly values: Float32Array;
  /** Batch elements, heads of each, rows of each head, columns of each row; all >= 1. */
  readonly batch: number;
  readonly heads: number;
  readonly rows: number;
  readonly d: number;
  /** In elements, all >= 0. */
  readonly offset: number;
  readonly strides: readonly [batch: number, head: number, row: number];
}

/** Where the rows of a head begin; heads are counted b heads + h. */
export function headOffset({ heads, offset, strides }: HeadRows, head: number): number {
  const b = Math.floor(head / heads);
  return offset + b * strides[0] + (head - b * heads) * strides[1];
}

/** Keys that are chosen, by head (counted b heads + h): `index[head most … head most + count[head] - 1]`, ascending. */
export interface ChosenKeys {
  /** Room for each head, >= 1. */
  readonly most: number;
  /** batch heads. */
  readonly count: Int32Array;
  /** batch heads most. */
  readonly index: Int32Array;
}

/** One attention of each head: what goes in, and where its output goes. */
export interface HeadAttention {
  /** m rows of d. */
  readonly queries: HeadRows;
  /** n rows of d. */
  readonly keys: HeadRows;
  /** n rows of any width. */
  readonly values: HeadRows;
  readonly chosen: ChosenKeys;
  /** Multiplies every <q, k>. */
  readonly scale: number;
  /** batch heads m x 2, written by the forward pass: each query's largest logit in base 2, and 1 / sum of 2^(logit - largest). */
  readonly stats: Float32Array;
}

/** Where gradients go; they are overwritten. */
export interface HeadGradients {
  readonly queries: HeadRows;
  readonly keys: HeadRows;
  readonly values: HeadRows;
}
