/** The plain backend's rows of attention scores. */

import type { Values } from '../rows/row-block.js';
import { type FactorKeys, type FactorPivots, type ScoreRowKernels, STRIP_COLUMNS } from './score-rows.js';

/** As the interface describes them; packed keys are in groups of four, [column][4]. */
export const plainScoreRows: ScoreRowKernels = {
  packedKeysLength: (n, d) => 4 * d * Math.ceil(n / 4),
  packKeys,
  multiplyKeys,
  scaleRow: (x, scale, sizes) => {
    let most = sizes ? 0 : Number.NEGATIVE_INFINITY;
    for (let j = 0; j < x.length; j++) {
      const scaled = x[j] * scale;
      x[j] = scaled;
      const size = sizes ? Math.abs(scaled) : scaled;
      if (size > most) most = size;
    }
    return most;
  },
  exponentiateRow: (x, most) => {
    let sum = 0;
    for (let j = 0; j < x.length; j++) {
      x[j] = Math.exp(x[j] - most);
      sum += x[j];
    }
    return sum;
  },
  squareRow: (x, most) => {
    let sum = 0;
    for (let j = 0; j < x.length; j++) {
      const share = x[j] / most;
      x[j] = share * share;
      sum += x[j];
    }
    return sum;
  },
  divideRow: (x, by) => {
    for (let j = 0; j < x.length; j++) x[j] /= by;
  },
  sumRows: (x, rows, stride, count, sums) => {
    for (let i = 0, at = 0; i < rows; i++, at += stride) {
      let sum = sums[i];
      for (let j = at; j < at + count; j++) sum += x[j];
      sums[i] = sum;
    }
  },
  addRows: (x, rows, stride, count, out) => {
    for (let i = 0, at = 0; i < rows; i++, at += stride) {
      for (let j = 0; j < count; j++) out[j] += x[at + j];
    }
  },
  addMultiples: (weights, rows, width, sums) => {
    for (let j = 0, at = 0; j < weights.length; j++) {
      const weight = weights[j];
      for (let c = 0; c < width; c++, at++) sums[c] += weight * rows[at];
    }
  },
  addStripMultiples,
  addPivotRows,
  listAtLeast: (x, least) => {
    const places: number[] = [];
    for (let j = 0; j < x.length; j++) if (x[j] >= least) places.push(j);
    return Int32Array.from(places);
  },
};

function addStripMultiples(weights: Float64Array, strips: Float64Array, stride: number, sums: Float64Array): void {
  for (let first = 0, start = 0; first < sums.length; first += STRIP_COLUMNS, start += stride) {
    for (let j = 0, at = start; j < weights.length; j++) {
      const weight = weights[j];
      for (let c = first; c < first + STRIP_COLUMNS; c++, at++) sums[c] += weight * strips[at];
    }
  }
}

function addPivotRows(
  { d, columns, square, residual, factor, rows, flat }: FactorKeys,
  pivots: FactorPivots,
  from: number,
  to: number,
): void {
  const next = new Float64Array(square.length);
  for (let u = from; u < to; u++) {
    const [own, root] = [pivots.squares[u], pivots.roots[u]];
    addStripMultiples(pivots.rows.subarray(u * d, (u + 1) * d), columns, d * STRIP_COLUMNS, next.fill(0));
    // Never above 0, but for rounding.
    for (let i = 0; i < next.length; i++) next[i] = Math.exp(Math.min(0, next[i] - (square[i] + own) / 2));
    const column = pivots.columns.subarray(u * pivots.stride, u * pivots.stride + u);
    addStripMultiples(column, factor, rows * STRIP_COLUMNS, next);
    for (let i = 0; i < next.length; i++) {
      next[i] /= root;
      const strip = i - (i % STRIP_COLUMNS);
      factor[strip * rows + u * STRIP_COLUMNS + i - strip] = next[i];
      const left = residual[i] - next[i] * next[i];
      residual[i] = left < flat ? 0 : left;
    }
  }
}

function packKeys(keys: Values, n: number, d: number, packed: Float64Array): void {
  for (let j = 0; j < n; j++) {
    const lane = 4 * d * (j >> 2) + (j & 3);
    for (let k = 0; k < d; k++) packed[lane + 4 * k] = keys[j * d + k];
  }
}

/** Four keys at a time. */
function multiplyKeys(
  queries: Values,
  rows: number,
  d: number,
  packed: Float64Array,
  from: number,
  count: number,
  out: Float64Array,
  stride: number,
): void {
  for (let j = 0; j < count; j += 4) {
    const group = d * (from + j);
    const width = Math.min(4, count - j);
    for (let i = 0; i < rows; i++) {
      let [a, b, c, e] = [0, 0, 0, 0];
      for (let k = 0, at = group; k < d; k++, at += 4) {
        const q = queries[i * d + k];
        a += q * packed[at];
        b += q * packed[at + 1];
        c += q * packed[at + 2];
        e += q * packed[at + 3];
      }
      const to = i * stride + j;
      out[to] = a;
      if (width > 1) out[to + 1] = b;
      if (width > 2) out[to + 2] = c;
      if (width > 3) out[to + 3] = e;
    }
  }
}
