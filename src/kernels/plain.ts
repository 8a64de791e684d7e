/**
 * The plain backend: TypeScript and nothing else. It is the reference the others are tested against and the fallback
 * where WebAssembly SIMD is missing.
 *
 * Products work on 4 x 4 tiles: 16 running sums and 8 operands, 32 flops for 8 loads. Every loop sees Float64Arrays only,
 * so that the engine compiles each for one array kind.
 */

import type { Dtype, Values } from '../rows/row-block.js';
import type { Kernels } from './kernels.js';
import { addExponentials, addScores } from './plain-exponentials.js';
import { attendHeads, attendHeadsBackward, headScores } from './plain-heads.js';
import { plainScoreRows } from './plain-score-rows.js';
import { plainSingleRows } from './plain-single-rows.js';
import { plainTriangular } from './plain-triangular.js';

/** Rows summed at a time in a Gram tile: 4 columns of 256 rows stay in the first-level cache. */
const PANEL = 256;

/** Products that are looked at at a time. */
const PAIRS = 2 ** 16;

/** A plain TypeScript backend. */
export function createPlainKernels(): Kernels {
  let widened = new Float64Array(0);
  /** float64 rows, converted where they are not: one array kind for the loops below. */
  const widen = (a: Values, length: number): Float64Array => {
    if (a instanceof Float64Array) return a;
    if (widened.length < length) widened = new Float64Array(length);
    widened.set(a.subarray(0, length));
    return widened;
  };
  return {
    name: 'plain',
    handle: { backend: 'plain' },
    adopt: (array) => array,
    allocate: ((dtype: Dtype, length: number): Values =>
      dtype === 'float32'
        ? new Float32Array(new SharedArrayBuffer(4 * length))
        : new Float64Array(new SharedArrayBuffer(8 * length))) as Kernels['allocate'],
    allocateIntegers: (length) => new Int32Array(new SharedArrayBuffer(4 * length)),
    scan: (a, rows, d, peaks) => scan(widen(a, rows * d), rows, d, peaks),
    rowNorms: (a, rows, d, weights, out) => rowNorms(widen(a, rows * d), rows, d, weights, out),
    normsAndSquares: (a, rows, d, weights, out, sums) => {
      const wide = widen(a, rows * d);
      addColumnSquares(wide, rows, d, sums);
      return rowNorms(wide, rows, d, weights, out);
    },
    addGram: (a, rows, d, gram) => addGram(widen(a, rows * d), rows, d, gram),
    gramRows: () => Number.POSITIVE_INFINITY,
    addGramAndNorms: (a, rows, d, weights, norms, gram) => {
      const wide = widen(a, rows * d);
      addGram(wide, rows, d, gram);
      return rowNorms(wide, rows, d, weights, norms);
    },
    addWeightedGram,
    addRoughGram: addWeightedGram,
    multiply: (a, rows, d, b, r, upper, out) => multiply(widen(a, rows * d), rows, d, b, r, upper, out),
    rowScores: (a, rows, d, b, r, upper, out) => rowScores(widen(a, rows * d), rows, d, b, r, upper, out),
    roughScores: (a, rows, d, b, r, upper, out) => rowScores(widen(a, rows * d), rows, d, b, r, upper, out),
    packRows: (b, count, d) => transpose(b, count, d),
    screenPairs: (a, rows, d, b, count, thresholds, found) => {
      const most = Math.max(1, Math.floor(PAIRS / count));
      const product = new Float64Array(Math.min(most, rows) * count);
      const wide = widen(a, rows * d);
      for (let top = 0; top < rows; top += most) {
        const part = Math.min(most, rows - top);
        multiply(wide.subarray(top * d), part, d, b as Float64Array, count, false, product);
        const pairs = listLarge(product, part, count, thresholds, top);
        if (pairs.length > 0) found(pairs);
      }
    },
    pairDots,
    addExponentials,
    addScores,
    termRoundings: (d) => new Float64Array(d),
    ...plainScoreRows,
    ...plainTriangular,
    single: plainSingleRows,
    headScores,
    attendHeads,
    attendHeadsBackward,
  };
}

function addWeightedGram(a: Values, rows: number, d: number, roots: Float64Array, gram: Float64Array): void {
  const panel = new Float64Array(PANEL * d);
  for (let top = 0; top < rows; top += PANEL) {
    const count = Math.min(PANEL, rows - top);
    for (let i = 0, to = 0, from = top * d; i < count; i++) {
      for (const end = to + d; to < end; to++, from++) panel[to] = a[from] * roots[top + i];
    }
    addGram(panel, count, d, gram);
  }
}

function rowScores(
  a: Float64Array,
  rows: number,
  d: number,
  b: Float64Array,
  r: number,
  upper: boolean,
  out: Float64Array,
): void {
  const ones = new Float64Array(r).fill(1);
  const product = new Float64Array(PANEL * r);
  for (let top = 0; top < rows; top += PANEL) {
    const count = Math.min(PANEL, rows - top);
    multiply(a.subarray(top * d), count, d, b, r, upper, product);
    rowNorms(product, count, r, ones, out.subarray(top));
  }
}

/** d x count of count x d, as the right-hand side of a product. */
function transpose(b: Float32Array, count: number, d: number): Float64Array {
  const out = new Float64Array(d * count);
  for (let j = 0; j < count; j++) for (let k = 0; k < d; k++) out[k * count + j] = b[j * d + k];
  return out;
}

/** Pairs (top + i, j) whose product squared is not below the threshold of row top + i. */
function listLarge(
  product: Float64Array,
  rows: number,
  count: number,
  thresholds: Float32Array,
  top: number,
): Int32Array {
  const pairs: number[] = [];
  for (let i = 0, at = 0; i < rows; i++) {
    const threshold = thresholds[top + i];
    for (let j = 0; j < count; j++, at++) {
      if (!(product[at] * product[at] < threshold)) pairs.push(top + i, j);
    }
  }
  return Int32Array.from(pairs);
}

function pairDots(a: Values, b: Values, d: number, pairs: Int32Array, out: Float64Array): void {
  for (let p = 0; 2 * p < pairs.length; p++) {
    let sum = 0;
    for (let k = 0, x = pairs[2 * p] * d, y = pairs[2 * p + 1] * d; k < d; k++, x++, y++) sum += a[x] * b[y];
    out[p] = sum;
  }
}

function scan(a: Float64Array, rows: number, d: number, peaks: Float64Array): boolean {
  // A sum of 0 * x is 0 for finite x and NaN otherwise: one accumulator finds any NaN or infinity.
  let poison = 0;
  const found = new Float64Array(d);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < d; j++, at++) {
      const value = a[at];
      poison += value * 0;
      const size = Math.abs(value);
      if (size > found[j]) found[j] = size;
    }
  }
  if (poison !== 0) return false;
  for (let j = 0; j < d; j++) if (found[j] > peaks[j]) peaks[j] = found[j];
  return true;
}

function rowNorms(a: Float64Array, rows: number, d: number, weights: Float64Array, out: Float64Array): boolean {
  let poison = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < d; j++, at++) sum += weights[j] * a[at] * a[at];
    out[i] = sum;
    poison += sum * 0;
  }
  return poison === 0;
}

function addColumnSquares(a: Float64Array, rows: number, d: number, sums: Float64Array): void {
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < d; j++, at++) sums[j] += a[at] * a[at];
  }
}

function addGram(a: Float64Array, rows: number, d: number, gram: Float64Array): void {
  const tiled = d - (d % 4);
  for (let top = 0; top < rows; top += PANEL) {
    const bottom = Math.min(rows, top + PANEL);
    for (let i = 0; i < tiled; i += 4) {
      for (let j = i; j < tiled; j += 4) addGramTile(a, top, bottom, d, i, j, gram);
    }
    for (let j = tiled; j < d; j++) addGramColumn(a, top, bottom, d, j, gram);
  }
}

/** The 4 x 4 tile of a^T a at (i, j), over rows top to bottom. */
function addGramTile(a: Float64Array, top: number, bottom: number, d: number, i: number, j: number, g: Float64Array) {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  const end = bottom * d;
  for (let row = top * d; row < end; row += d) {
    const x0 = a[row + i];
    const x1 = a[row + i + 1];
    const x2 = a[row + i + 2];
    const x3 = a[row + i + 3];
    const y0 = a[row + j];
    const y1 = a[row + j + 1];
    const y2 = a[row + j + 2];
    const y3 = a[row + j + 3];
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
    s23 += x2 * y3;
    s30 += x3 * y0;
    s31 += x3 * y1;
    s32 += x3 * y2;
    s33 += x3 * y3;
  }
  let at = i * d + j;
  g[at] += s00;
  g[at + 1] += s01;
  g[at + 2] += s02;
  g[at + 3] += s03;
  at += d;
  g[at] += s10;
  g[at + 1] += s11;
  g[at + 2] += s12;
  g[at + 3] += s13;
  at += d;
  g[at] += s20;
  g[at + 1] += s21;
  g[at + 2] += s22;
  g[at + 3] += s23;
  at += d;
  g[at] += s30;
  g[at + 1] += s31;
  g[at + 2] += s32;
  g[at + 3] += s33;
}

/** Column j of a^T a down to the diagonal: what 4 x 4 tiles leave over. */
function addGramColumn(a: Float64Array, top: number, bottom: number, d: number, j: number, g: Float64Array): void {
  const end = bottom * d;
  for (let i = 0; i <= j; i++) {
    let sum = 0;
    for (let row = top * d; row < end; row += d) sum += a[row + i] * a[row + j];
    g[i * d + j] += sum;
  }
}

function multiply(
  a: Float64Array,
  rows: number,
  d: number,
  b: Float64Array,
  r: number,
  upper: boolean,
  out: Float64Array,
): void {
  const tiledRows = rows - (rows % 4);
  const tiledColumns = r - (r % 4);
  for (let i = 0; i < tiledRows; i += 4) {
    for (let j = 0; j < tiledColumns; j += 4) multiplyTile(a, i, d, upper ? Math.min(d, j + 4) : d, b, r, j, out);
  }
  for (let i = 0; i < rows; i++) {
    for (let j = i < tiledRows ? tiledColumns : 0; j < r; j++) {
      const depth = upper ? Math.min(d, j + 1) : d;
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += a[i * d + k] * b[k * r + j];
      out[i * r + j] = sum;
    }
  }
}

/** The 4 x 4 tile of a b at (i, j), over the first `depth` columns of a. */
function multiplyTile(
  a: Float64Array,
  i: number,
  d: number,
  depth: number,
  b: Float64Array,
  r: number,
  j: number,
  out: Float64Array,
): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  const row0 = i * d;
  const row1 = row0 + d;
  const row2 = row1 + d;
  const row3 = row2 + d;
  for (let k = 0, at = j; k < depth; k++, at += r) {
    const y0 = b[at];
    const y1 = b[at + 1];
    const y2 = b[at + 2];
    const y3 = b[at + 3];
    const x0 = a[row0 + k];
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    const x1 = a[row1 + k];
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
    const x2 = a[row2 + k];
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
    s23 += x2 * y3;
    const x3 = a[row3 + k];
    s30 += x3 * y0;
    s31 += x3 * y1;
    s32 += x3 * y2;
    s33 += x3 * y3;
  }
  let at = i * r + j;
  out[at] = s00;
  out[at + 1] = s01;
  out[at + 2] = s02;
  out[at + 3] = s03;
  at += r;
  out[at] = s10;
  out[at + 1] = s11;
  out[at + 2] = s12;
  out[at + 3] = s13;
  at += r;
  out[at] = s20;
  out[at + 1] = s21;
  out[at + 2] = s22;
  out[at + 3] = s23;
  at += r;
  out[at] = s30;
  out[at + 1] = s31;
  out[at + 2] = s32;
  out[at + 3] = s33;
}
