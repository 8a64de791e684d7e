/**
 * Softmax attention of one head over the keys that were chosen for it, and its gradients with the choice held fixed.
 *
 * The chosen rows of K and V are gathered first, so that all products are over these keys alone; queries come in tiles, so
 * that scratch grows with the number of chosen keys and not with the number of queries. The backward pass works the weights
 * out again from each query's largest logit and sum: the forward pass keeps two numbers a query.
 */

import { clearRow, copyRow, copyRows, gather, gatherColumns, scaleRow, scatter } from './head-rows';
import { exponentials, softmaxGradient, weights } from './head-softmax';
import { addProduct, grouped, padded, product } from './single-product';

/** Queries of a tile. */
const TILE = 32;

const LOG2E: f32 = 1.4426950408889634;

/** The arguments, as JavaScript lays them out: fields of 32 bits in this order. Strides between rows are in bytes. */
@unmanaged
export class HeadTask {
  /** m x d, and the gradient, 0 in the forward pass as with all gradients. */
  queries: usize;
  queryStride: usize;
  queryGradient: usize;
  queryGradientStride: usize;
  /** n x d. */
  keys: usize;
  keyStride: usize;
  keyGradient: usize;
  keyGradientStride: usize;
  /** n x width. */
  values: usize;
  valueStride: usize;
  valueGradient: usize;
  valueGradientStride: usize;
  /** m x width. The output, or its gradient. */
  output: usize;
  outputStride: usize;
  /** m x 2: the largest logit in base 2 of each query, and 1 / sum. */
  stats: usize;
  /** count int32, ascending: the chosen keys. */
  index: usize;
  count: i32;
  m: i32;
  n: i32;
  d: i32;
  width: i32;
  /** Multiplies every <q, k>. */
  scale: f32;
  /** headAttentionScratchBytes(count, d, width). */
  scratch: usize;
}

/** Bytes of scratch for both passes. */
export function headAttentionScratchBytes(count: i32, d: i32, width: i32): usize {
  const keys = padded(count);
  const both = padded(d) + padded(width);
  return <usize>(keys * (d + width + 2 * both) + TILE * (2 * both + 2 * keys)) * 4;
}

/** output = softmax(scale Q K^T) V over the chosen keys; zeros where there are none. */
export function attendHead(task: HeadTask): void {
  const keys = padded(task.count);
  const dWidth = padded(task.d);
  const vWidth = padded(task.width);
  const columns = task.scratch;
  const values = columns + <usize>(task.d * keys) * 4;
  const queries = values + <usize>(keys * vWidth) * 4;
  const logits = queries + <usize>(TILE * dWidth) * 4;
  const outputs = logits + <usize>(TILE * keys) * 4;
  gatherColumns(task.keys, task.keyStride, task.index, task.count, task.d, task.scale * LOG2E, columns, keys);
  gather(task.values, task.valueStride, task.index, task.count, task.width, values, vWidth);
  for (let top = 0; top < task.m; top += TILE) {
    const rows = min(TILE, task.m - top);
    const height = grouped(rows);
    let to = task.output + <usize>top * task.outputStride;
    if (task.count == 0) {
      for (let i = 0; i < rows; i++, to += task.outputStride) clearRow(task.width, to);
      continue;
    }
    const stats = task.stats + <usize>top * 8;
    copyRows(task.queries + <usize>top * task.queryStride, task.queryStride, rows, task.d, queries, height, dWidth);
    product(queries, dWidth * 4, 4, height, columns, keys * 4, task.d, keys, logits, keys * 4);
    exponentials(logits, rows, task.count, keys, stats);
    product(logits, keys * 4, 4, height, values, vWidth * 4, task.count, vWidth, outputs, vWidth * 4);
    for (let i = 0; i < rows; i++, to += task.outputStride) {
      scaleRow(outputs + <usize>(i * vWidth) * 4, task.width, load<f32>(stats + <usize>i * 8, 4), to);
    }
  }
}

/** Gradients with respect to queries, keys and values, from that of the output; those of keys that are not chosen are zero. */
export function attendHeadBackward(task: HeadTask): void {
  const keys = padded(task.count);
  const dWidth = padded(task.d);
  const vWidth = padded(task.width);
  const keyColumns = task.scratch;
  const valueColumns = keyColumns + <usize>(task.d * keys) * 4;
  const keyRows = valueColumns + <usize>(task.width * keys) * 4;
  const keySums = keyRows + <usize>(keys * dWidth) * 4;
  const valueSums = keySums + <usize>(keys * dWidth) * 4;
  const queries = valueSums + <usize>(keys * vWidth) * 4;
  const gradients = queries + <usize>(TILE * dWidth) * 4;
  const p = gradients + <usize>(TILE * vWidth) * 4;
  const g = p + <usize>(TILE * keys) * 4;
  const queryGradients = g + <usize>(TILE * keys) * 4;
  gatherColumns(task.keys, task.keyStride, task.index, task.count, task.d, task.scale * LOG2E, keyColumns, keys);
  gatherColumns(task.values, task.valueStride, task.index, task.count, task.width, 1, valueColumns, keys);
  gather(task.keys, task.keyStride, task.index, task.count, task.d, keyRows, dWidth);
  memory.fill(keySums, 0, <usize>(keys * (dWidth + vWidth)) * 4);
  for (let top = 0; top < task.m; top += TILE) {
    const rows = min(TILE, task.m - top);
    const height = grouped(rows);
    let to = task.queryGradient + <usize>top * task.queryGradientStride;
    if (task.count == 0) {
      for (let i = 0; i < rows; i++, to += task.queryGradientStride) clearRow(task.d, to);
      continue;
    }
    copyRows(task.queries + <usize>top * task.queryStride, task.queryStride, rows, task.d, queries, height, dWidth);
    const from = task.output + <usize>top * task.outputStride;
    copyRows(from, task.outputStride, rows, task.width, gradients, height, vWidth);
    product(queries, dWidth * 4, 4, height, keyColumns, keys * 4, task.d, keys, p, keys * 4);
    weights(p, rows, task.count, keys, task.stats + <usize>top * 8);
    product(gradients, vWidth * 4, 4, height, valueColumns, keys * 4, task.width, keys, g, keys * 4);
    addProduct(p, 4, keys * 4, keys, gradients, vWidth * 4, rows, vWidth, valueSums, vWidth * 4);
    softmaxGradient(p, g, rows, keys, task.scale);
    addProduct(g, 4, keys * 4, keys, queries, dWidth * 4, rows, dWidth, keySums, dWidth * 4);
    product(g, keys * 4, 4, height, keyRows, dWidth * 4, task.count, dWidth, queryGradients, dWidth * 4);
    for (let i = 0; i < rows; i++, to += task.queryGradientStride) {
      copyRow(queryGradients + <usize>(i * dWidth) * 4, task.d, to);
    }
  }
  const index = task.index;
  const count = task.count;
  scatter(keySums, dWidth, index, count, task.d, task.keyGradient, task.keyGradientStride, task.n);
  scatter(valueSums, vWidth, index, count, task.width, task.valueGradient, task.valueGradientStride, task.n);
}
