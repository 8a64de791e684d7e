/**
 * Householder QR of [R; B] by panels of columns, R upper triangular and B of any rows: the reflector of column k touches row k of R and
 * all rows of B. A panel's reflectors are one product, I - V T V^T (compact WY), by which the other columns are updated at once.
 *
 * V is kept transposed, `size` rows of `count` numbers; its part in R is the unit matrix.
 */

import { multiplyAdd } from './arithmetic';

/**
 * Factors a panel.
 *
 * @param b - the panel's first entry of B, rows of `bStride` bytes; columns that are left out keep what is left of them there
 * @param size - columns of the panel
 * @param count - rows of B
 * @param v - receives V^T
 * @param r - the panel's diagonal of R, rows of `rStride` bytes: changed in place, columns of the panel alone
 * @param t - receives T, size x size, upper triangular
 * @param limits - size float64: a column of which no more than this is left is left out; each is replaced by what is left of it
 *   then, and by -1 for a column that is not
 */
export function factorPanel(
  b: usize,
  bStride: usize,
  size: i32,
  count: i32,
  v: usize,
  r: usize,
  rStride: usize,
  t: usize,
  limits: usize,
): void {
  const bytes = <usize>count * sizeof<f64>();
  for (let i = 0; i < count; i++) {
    const from = b + <usize>i * bStride;
    let to = v + <usize>i * sizeof<f64>();
    for (let k = 0; k < size; k++, to += bytes) store<f64>(to, load<f64>(from + k * sizeof<f64>()));
  }
  memory.fill(t, 0, <usize>size * size * sizeof<f64>());
  for (let k = 0; k < size; k++) {
    const x = v + <usize>k * bytes;
    const row = r + <usize>k * rStride;
    const alpha = load<f64>(row + k * sizeof<f64>());
    const below = dot(x, x, count);
    const norm = Math.sqrt(alpha * alpha + below);
    const limit = limits + k * sizeof<f64>();
    const leftOut = norm <= load<f64>(limit);
    store<f64>(limit, leftOut ? norm : -1);
    if (leftOut || below == 0) {
      for (let i = 0; i < count; i++) {
        store<f64>(b + <usize>i * bStride + k * sizeof<f64>(), load<f64>(x + i * sizeof<f64>()));
      }
      memory.fill(x, 0, bytes);
      continue;
    }
    const beta = alpha > 0 ? -norm : norm;
    const tau = (beta - alpha) / beta;
    store<f64>(row + k * sizeof<f64>(), beta);
    scale(x, count, 1 / (alpha - beta));
    for (let j = k + 1; j < size; j++) {
      const y = v + <usize>j * bytes;
      const at = row + j * sizeof<f64>();
      const share = tau * (load<f64>(at) + dot(x, y, count));
      store<f64>(at, load<f64>(at) - share);
      add(y, -share, x, count);
    }
    store<f64>(t + (k * size + k) * sizeof<f64>(), tau);
    // T[i][k] = -tau sum over l in [i, k) of T[i][l] v_l . v_k; the products stand in column k until they are used.
    for (let i = 0; i < k; i++) {
      store<f64>(t + (i * size + k) * sizeof<f64>(), dot(v + <usize>i * bytes, x, count));
    }
    for (let i = 0; i < k; i++) {
      let sum: f64 = 0;
      for (let l = i; l < k; l++) {
        sum += load<f64>(t + (i * size + l) * sizeof<f64>()) * load<f64>(t + (l * size + k) * sizeof<f64>());
      }
      store<f64>(t + (i * size + k) * sizeof<f64>(), -tau * sum);
    }
  }
}

/**
 * w <- T^T w, and r -= w: what the panel takes from its rows of R in other columns.
 *
 * @param w - size x columns, rows of `wStride` bytes
 */
export function applyPanel(
  t: usize,
  size: i32,
  w: usize,
  wStride: usize,
  r: usize,
  rStride: usize,
  columns: i32,
): void {
  for (let i = size - 1; i >= 0; i--) {
    const target = w + <usize>i * wStride;
    const row = r + <usize>i * rStride;
    scale(target, columns, load<f64>(t + (i * size + i) * sizeof<f64>()));
    for (let l = 0; l < i; l++) add(target, load<f64>(t + (l * size + i) * sizeof<f64>()), w + <usize>l * wStride, columns);
    add(row, -1, target, columns);
  }
}

/** Copies rows of `columns` float64. */
export function copyRows(from: usize, fromStride: usize, rows: i32, columns: i32, to: usize, toStride: usize): void {
  for (let i = 0; i < rows; i++, from += fromStride, to += toStride) memory.copy(to, from, columns * sizeof<f64>());
}

/**
 * A reflector of a matrix that is kept by columns, on some of its other columns: x -= share v each, and what is left of its length.
 *
 * @param v - the reflector, `count` numbers of which the first is 1, in a column of its own
 * @param columns - the first of them, `stride` bytes apart; each from the reflector's first row on
 * @param squares - of each, what its length squared is below the first row
 */
export function reflectColumns(
  v: usize,
  count: i32,
  tau: f64,
  columns: usize,
  stride: usize,
  number: i32,
  squares: usize,
): void {
  for (let j = 0; j < number; j++, columns += stride, squares += sizeof<f64>()) {
    add(columns, -tau * dot(v, columns, count), v, count);
    const next = columns + sizeof<f64>();
    store<f64>(squares, dot(next, next, count - 1));
  }
}

function dot(x: usize, y: usize, count: i32): f64 {
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let i = 0;
  for (; i + 8 <= count; i += 8, x += 64, y += 64) {
    a = multiplyAdd(v128.load(x), v128.load(y), a);
    b = multiplyAdd(v128.load(x, 16), v128.load(y, 16), b);
    c = multiplyAdd(v128.load(x, 32), v128.load(y, 32), c);
    d = multiplyAdd(v128.load(x, 48), v128.load(y, 48), d);
  }
  a = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (; i < count; i++, x += 8, y += 8) sum += load<f64>(x) * load<f64>(y);
  return sum;
}

/** y += factor x. */
function add(y: usize, factor: f64, x: usize, count: i32): void {
  const factors = f64x2.splat(factor);
  let i = 0;
  for (; i + 4 <= count; i += 4, x += 32, y += 32) {
    v128.store(y, multiplyAdd(factors, v128.load(x), v128.load(y)));
    v128.store(y, multiplyAdd(factors, v128.load(x, 16), v128.load(y, 16)), 16);
  }
  for (; i < count; i++, x += 8, y += 8) store<f64>(y, load<f64>(y) + factor * load<f64>(x));
}

function scale(x: usize, count: i32, factor: f64): void {
  for (let i = 0; i < count; i++, x += 8) store<f64>(x, load<f64>(x) * factor);
}
