/** The plain backend's attention of heads: everything in float64 but sums of gradients, one query after another. */

import { exp2 } from './exp2.js';
import { type HeadAttention, type HeadGradients, type HeadRows, headOffset } from './head-rows.js';

/** What must be left of a column's square once the columns before it are taken out; less, and it depends on them. */
const DEPENDENT = 1e-10;

/** As the interface of kernels describes it. */
export function headScores(keys: HeadRows, scores: Float64Array): void {
  const { batch, heads, rows: n, d, values, strides } = keys;
  const row = new Float64Array(d);
  for (let head = 0; head < batch * heads; head++) {
    const readRow = (i: number): void => {
      for (let j = 0, from = headOffset(keys, head) + i * strides[2]; j < d; j++, from++) row[j] = values[from];
    };
    const r = new Float64Array(d * d);
    for (let i = 0; i < n; i++) {
      readRow(i);
      for (let a = 0; a < d; a++) for (let b = a; b < d; b++) r[a * d + b] += row[a] * row[b];
    }
    factorIndependent(r, d);
    for (let i = 0; i < n; i++) {
      readRow(i);
      scores[head * n + i] = squareOfSolution(r, d, row);
    }
  }
}

/** The upper triangle of r becomes R with R^T R = r but for dependent columns, whose rows become zero. */
function factorIndependent(r: Float64Array, d: number): void {
  for (let k = 0; k < d; k++) {
    const left = r[k * d + k];
    let square = left;
    for (let i = 0; i < k; i++) square += r[i * d + k] ** 2;
    const factor = left > DEPENDENT * square ? 1 / Math.sqrt(left) : 0;
    for (let j = k; j < d; j++) r[k * d + j] = factor === 0 ? 0 : r[k * d + j] * factor;
    for (let i = k + 1; i < d; i++) for (let j = i; j < d; j++) r[i * d + j] -= r[k * d + i] * r[k * d + j];
  }
}

/** ||x||^2 for x R = row within the independent columns; `row` is used up. */
function squareOfSolution(r: Float64Array, d: number, row: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const pivot = r[k * d + k];
    // 0 times an entry that is not finite is NaN, and so is then the score.
    const x = pivot === 0 ? 0 * row[k] : row[k] / pivot;
    sum += x * x;
    for (let j = k + 1; j < d; j++) row[j] -= x * r[k * d + j];
  }
  return sum;
}

/** As the interface of kernels describes it. */
export function attendHeads(attention: HeadAttention, output: HeadRows): void {
  const { queries, values, stats } = attention;
  const sums = new Float64Array(values.d);
  for (const { head, query, index, logits } of queriesOf(attention)) {
    const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    let sum = 0;
    sums.fill(0);
    for (const [t, logit] of logits.entries()) {
      const weight = exp2(logit - largest);
      sum += weight;
      const from = rowAt(values, head, index[t]);
      for (let j = 0; j < sums.length; j++) sums[j] += weight * values.values[from + j];
    }
    const to = rowAt(output, head, query);
    for (let j = 0; j < sums.length; j++) output.values[to + j] = index.length === 0 ? 0 : sums[j] / sum;
    stats.set([largest, 1 / sum], 2 * (head * queries.rows + query));
  }
}

/** As the interface of kernels describes it. */
export function attendHeadsBackward(attention: HeadAttention, slopes: HeadRows, gradients: HeadGradients): void {
  const { queries, keys, values, scale, stats } = attention;
  for (const rows of [gradients.queries, gradients.keys, gradients.values]) clearRows(rows);
  for (const { head, query, index, logits } of queriesOf(attention)) {
    const [largest, factor] = stats.subarray(2 * (head * queries.rows + query));
    const slope = rowAt(slopes, head, query);
    const weights = logits.map((logit) => exp2(logit - largest) * factor);
    const ofWeights = weights.map((_, t) => dot(slopes, slope, values, rowAt(values, head, index[t])));
    const mean = weights.reduce((sum, weight, t) => sum + weight * ofWeights[t], 0);
    for (const [t, key] of index.entries()) {
      const ofProduct = scale * weights[t] * (ofWeights[t] - mean);
      addRow(gradients.queries, rowAt(gradients.queries, head, query), ofProduct, keys, rowAt(keys, head, key));
      addRow(gradients.keys, rowAt(gradients.keys, head, key), ofProduct, queries, rowAt(queries, head, query));
      addRow(gradients.values, rowAt(gradients.values, head, key), weights[t], slopes, slope);
    }
  }
}

/** Each query of each head with its chosen keys and its logits in base 2, one for each; a result is valid until the next one. */
function* queriesOf({ queries, keys, chosen, scale }: HeadAttention) {
  for (let head = 0; head < queries.batch * queries.heads; head++) {
    const first = head * chosen.most;
    const index = chosen.index.subarray(first, first + chosen.count[head]);
    const logits = new Float64Array(index.length);
    for (let query = 0; query < queries.rows; query++) {
      const row = rowAt(queries, head, query);
      for (const [t, key] of index.entries()) {
        logits[t] = scale * Math.LOG2E * dot(queries, row, keys, rowAt(keys, head, key));
      }
      yield { head, query, index, logits };
    }
  }
}

const rowAt = (rows: HeadRows, head: number, i: number): number => headOffset(rows, head) + i * rows.strides[2];

/** The product of the rows of a and b that begin at x and y. */
function dot(a: HeadRows, x: number, b: HeadRows, y: number): number {
  let sum = 0;
  for (let j = 0; j < a.d; j++) sum += a.values[x + j] * b.values[y + j];
  return sum;
}

/** The row of a that begins at x, += factor times that of b at y. */
function addRow(a: HeadRows, x: number, factor: number, b: HeadRows, y: number): void {
  for (let j = 0; j < a.d; j++) a.values[x + j] += factor * b.values[y + j];
}

function clearRows(rows: HeadRows): void {
  for (let head = 0; head < rows.batch * rows.heads; head++) {
    for (let i = 0; i < rows.rows; i++) rows.values.fill(0, rowAt(rows, head, i), rowAt(rows, head, i) + rows.d);
  }
}
