/** The WebAssembly backend's attention of heads: finds or copies what the kernels read, and calls them head by head. */

import { type HeadAttention, type HeadGradients, type HeadRows, headOffset } from './head-rows.js';
import type { WasmKernels } from './wasm-exports.js';
import type { WasmSpace } from './wasm-space.js';

/** Bytes of a float32. */
const BYTES = 4;

/** As the interface of kernels describes it. */
export function headScores(kernels: WasmKernels, space: WasmSpace, keys: HeadRows, scores: Float64Array): void {
  const { batch, heads, rows: n, d } = keys;
  const own = bringIn(space, 'keys', keys);
  const scratch = space.place('scratch', kernels.headScoresScratchBytes(n, d));
  // The kernel may write up to three numbers more than it is asked for: never into the caller's array.
  const to = space.place('out', 8 * (batch * heads * n + 3));
  for (let head = 0; head < batch * heads; head++) {
    kernels.headScores(addressOf(own, head), strideOf(own), n, d, to + 8 * head * n, scratch);
  }
  scores.set(space.doubles(to, batch * heads * n));
}

/** As the interface of kernels describes it. */
export function attendHeads(kernels: WasmKernels, space: WasmSpace, attention: HeadAttention, output: HeadRows): void {
  const { queries, stats } = attention;
  const length = 2 * queries.batch * queries.heads * queries.rows;
  const to = spaceFor(space, 'output', output);
  const statsAt = space.in('stats', stats, length);
  run(kernels, space, attention, { output: to, stats: statsAt }, kernels.attendHead);
  if (to !== output) copyRows(to, output);
  if (!space.owns(stats)) stats.set(space.singles(statsAt, length));
}

/** As the interface of kernels describes it. */
export function attendHeadsBackward(
  kernels: WasmKernels,
  space: WasmSpace,
  attention: HeadAttention,
  slopes: HeadRows,
  gradients: HeadGradients,
): void {
  const { queries, stats } = attention;
  const own = {
    queries: spaceFor(space, 'query gradients', gradients.queries),
    keys: spaceFor(space, 'key gradients', gradients.keys),
    values: spaceFor(space, 'value gradients', gradients.values),
  };
  const statsAt = space.in('stats', stats, 2 * queries.batch * queries.heads * queries.rows);
  const output = bringIn(space, 'output', slopes);
  run(kernels, space, attention, { output, stats: statsAt, gradients: own }, kernels.attendHeadBackward);
  for (const name of ['queries', 'keys', 'values'] as const) {
    if (own[name] !== gradients[name]) copyRows(own[name], gradients[name]);
  }
}

/** Fields of `assembly/head-attention.ts`'s task. */
const TASK_FIELDS = 23;
const SCALE_FIELD = 21;

/** Lays the task out for one head after another, and calls the kernel. */
function run(
  kernels: WasmKernels,
  space: WasmSpace,
  { queries, keys, values, chosen, scale }: HeadAttention,
  { output, stats, gradients }: { output: HeadRows; stats: number; gradients?: HeadGradients },
  kernel: (task: number) => void,
): void {
  const { most, count, index } = chosen;
  const [q, k, v] = [
    bringIn(space, 'queries', queries),
    bringIn(space, 'keys', keys),
    bringIn(space, 'values', values),
  ];
  const indexAt = space.in('index', index, index.length);
  const largest = count.reduce((a, b) => Math.max(a, b), 0);
  const scratch = space.place('scratch', kernels.headAttentionScratchBytes(largest, q.d, v.d));
  const task = space.integers(space.place('task', BYTES * TASK_FIELDS), TASK_FIELDS);
  const part = (rows: HeadRows | undefined, head: number) => (rows ? [addressOf(rows, head), strideOf(rows)] : [0, 0]);
  for (let head = 0; head < count.length; head++) {
    task.set([
      ...[...part(q, head), ...part(gradients?.queries, head)],
      ...[...part(k, head), ...part(gradients?.keys, head)],
      ...[...part(v, head), ...part(gradients?.values, head)],
      ...part(output, head),
      stats + 2 * BYTES * head * q.rows,
      indexAt + BYTES * head * most,
      ...[count[head], q.rows, k.rows, q.d, v.d],
      0,
      scratch,
    ]);
    new Float32Array(task.buffer, task.byteOffset, TASK_FIELDS)[SCALE_FIELD] = scale;
    kernel(task.byteOffset);
  }
}

const addressOf = (rows: HeadRows, head: number): number => rows.values.byteOffset + BYTES * headOffset(rows, head);
const strideOf = ({ strides }: HeadRows): number => BYTES * strides[2];

/** Rows in the backend's memory: where they are, or copied. */
function bringIn(space: WasmSpace, name: string, rows: HeadRows): HeadRows {
  const own = spaceFor(space, name, rows);
  if (own !== rows) copyRows(rows, own);
  return own;
}

/** The rows themselves where they lie in the backend's memory, else space for them, one after another. */
function spaceFor(space: WasmSpace, name: string, rows: HeadRows): HeadRows {
  if (space.owns(rows.values)) return rows;
  const { batch, heads, rows: n, d } = rows;
  const length = batch * heads * n * d;
  const values = space.singles(space.place(name, BYTES * length), length);
  return { values, batch, heads, rows: n, d, offset: 0, strides: [heads * n * d, n * d, d] };
}

function copyRows(from: HeadRows, to: HeadRows): void {
  for (let head = 0; head < from.batch * from.heads; head++) {
    let [x, y] = [headOffset(from, head), headOffset(to, head)];
    for (let i = 0; i < from.rows; i++, x += from.strides[2], y += to.strides[2]) {
      for (let j = 0; j < from.d; j++) to.values[y + j] = from.values[x + j];
    }
  }
}
