/**
 * Rows of products into rows of attention scores, in float64, and what is summed of them.
 *
 * Every sum is one running sum in order. e^x takes the steps of fdlibm's e_exp.c (Sun Microsystems, 1993), which is what JavaScript's
 * Math.exp is in V8, without multiply-adds: an error below one unit of the last place, and the same bits in every build.
 */

import { highs, lows } from './arithmetic';

/** The constants of e^x, in memory: V8 makes vectors of constants anew where they are used. */
@inline
export function storeConstants(at: usize): void {
  // x below it, where e^x is 0, counts as that.
  store<f64>(at, -746);
  store<f64>(at, 1.44269504088896338700, 8);
  store<f64>(at, 0.5, 16);
  // -ln 2 / 2 by its high word, as fdlibm looks at that alone: up to there nothing is taken off.
  store<f64>(at, -0.3465735912322998, 24);
  // ln 2, whose first part has few digits, and the polynomial.
  store<f64>(at, 6.93147180369123816490e-1, 32);
  store<f64>(at, 1.90821492927058770002e-10, 40);
  store<f64>(at, 4.13813679705723846039e-8, 48);
  store<f64>(at, -1.65339022054652515390e-6, 56);
  store<f64>(at, 6.61375632143793436117e-5, 64);
  store<f64>(at, -2.77777777770155933842e-3, 72);
  store<f64>(at, 1.66666666666666019037e-1, 80);
  store<f64>(at, 2, 88);
  store<f64>(at, 1, 96);
  // Above -2^-28 e^x is 1 + x.
  store<f64>(at, -3.7252902984619140625e-9, 104);
  // Adding it leaves a whole number in the low bits.
  store<f64>(at, 6755399441055744, 112);
  // Below 2^-1021 a power is made in two steps, of which the second is 2^-1000.
  store<f64>(at, -1021, 120);
  store<f64>(at, 1000, 128);
  store<f64>(at, 9.33263618503218878990e-302, 136);
  store<i64>(at, 1023, 144);
}

/** Bytes of scratch that {@link exponentiateRow} needs. */
export function exponentialConstantsBytes(): usize {
  return 152;
}

/** e^x of two x <= 0, or NaN. */
@inline
export function exp(given: v128, at: usize): v128 {
  const x = f64x2.pmax(given, v128.load64_splat(at));
  const scaled = f64x2.mul(x, v128.load64_splat(at, 8));
  const rounded = f64x2.trunc(f64x2.sub(scaled, v128.load64_splat(at, 16)));
  const k = v128.and(rounded, f64x2.le(x, v128.load64_splat(at, 24)));
  const high = f64x2.sub(x, f64x2.mul(k, v128.load64_splat(at, 32)));
  const low = f64x2.mul(k, v128.load64_splat(at, 40));
  const r = f64x2.sub(high, low);
  const t = f64x2.mul(r, r);
  let p = f64x2.add(f64x2.mul(t, v128.load64_splat(at, 48)), v128.load64_splat(at, 56));
  p = f64x2.add(f64x2.mul(t, p), v128.load64_splat(at, 64));
  p = f64x2.add(f64x2.mul(t, p), v128.load64_splat(at, 72));
  p = f64x2.add(f64x2.mul(t, p), v128.load64_splat(at, 80));
  const c = f64x2.sub(r, f64x2.mul(t, p));
  const quotient = f64x2.div(f64x2.mul(r, c), f64x2.sub(v128.load64_splat(at, 88), c));
  const one = v128.load64_splat(at, 96);
  const y = f64x2.sub(one, f64x2.sub(f64x2.sub(low, quotient), high));
  const near = v128.bitselect(f64x2.add(one, x), y, f64x2.gt(x, v128.load64_splat(at, 104)));
  const deep = f64x2.lt(k, v128.load64_splat(at, 120));
  const exponent = f64x2.add(k, v128.and(deep, v128.load64_splat(at, 128)));
  const whole = i64x2.add(f64x2.add(exponent, v128.load64_splat(at, 112)), v128.load64_splat(at, 144));
  const last = v128.bitselect(v128.load64_splat(at, 136), one, deep);
  return f64x2.mul(f64x2.mul(near, i64x2.shl(whole, 52)), last);
}

/**
 * Multiplies a row.
 * @param sizes - 1: what is returned is the largest size, else the largest; NaN is passed over
 * @returns 0 for the largest size of none, else -Infinity
 */
export function scaleRow(x: usize, count: i32, scale: f64, sizes: i32): f64 {
  const factor = f64x2.splat(scale);
  let most = f64x2.splat(sizes ? 0 : -Infinity);
  const end = x + (<usize>count & ~1) * 8;
  if (sizes) {
    for (; x < end; x += 16) {
      const scaled = f64x2.mul(v128.load(x), factor);
      v128.store(x, scaled);
      most = f64x2.pmax(most, f64x2.abs(scaled));
    }
  } else {
    for (; x < end; x += 16) {
      const scaled = f64x2.mul(v128.load(x), factor);
      v128.store(x, scaled);
      most = f64x2.pmax(most, scaled);
    }
  }
  const a = f64x2.extract_lane(most, 0);
  const b = f64x2.extract_lane(most, 1);
  let largest = b > a ? b : a;
  if (count & 1) {
    const scaled = load<f64>(x) * scale;
    store<f64>(x, scaled);
    const last = sizes ? abs(scaled) : scaled;
    if (last > largest) largest = last;
  }
  return largest;
}

/**
 * x = e^(x - most); returns the sum.
 * @param scratch - exponentialConstantsBytes()
 */
export function exponentiateRow(x: usize, count: i32, most: f64, scratch: usize): f64 {
  storeConstants(scratch);
  const largest = f64x2.splat(most);
  let sum: f64 = 0;
  for (const end = x + (<usize>count & ~3) * 8; x < end; x += 32) {
    const y = exp(f64x2.sub(v128.load(x), largest), scratch);
    const z = exp(f64x2.sub(v128.load(x, 16), largest), scratch);
    v128.store(x, y);
    v128.store(x, z, 16);
    sum += load<f64>(x);
    sum += load<f64>(x, 8);
    sum += load<f64>(x, 16);
    sum += load<f64>(x, 24);
  }
  for (let j = count & 3; j > 0; j--, x += 8) {
    v128.store64_lane(x, exp(f64x2.sub(v128.load64_splat(x), largest), scratch), 0);
    sum += load<f64>(x);
  }
  return sum;
}

/** x = (x / most)^2; returns the sum. */
export function squareRow(x: usize, count: i32, most: f64): f64 {
  const largest = f64x2.splat(most);
  let sum: f64 = 0;
  for (const end = x + (<usize>count & ~1) * 8; x < end; x += 16) {
    const y = f64x2.div(v128.load(x), largest);
    const square = f64x2.mul(y, y);
    v128.store(x, square);
    sum += f64x2.extract_lane(square, 0);
    sum += f64x2.extract_lane(square, 1);
  }
  if (count & 1) {
    const y = load<f64>(x) / most;
    store<f64>(x, y * y);
    sum += y * y;
  }
  return sum;
}

/** x = x / by. */
export function divideRow(x: usize, count: i32, by: f64): void {
  const divisor = f64x2.splat(by);
  for (const end = x + (<usize>count & ~1) * 8; x < end; x += 16) {
    v128.store(x, f64x2.div(v128.load(x), divisor));
  }
  if (count & 1) store<f64>(x, load<f64>(x) / by);
}

/** sums[i] += the numbers of row i, one after another; rows are `stride` bytes apart. */
export function sumRows(x: usize, rows: i32, stride: usize, count: i32, sums: usize): void {
  let i = 0;
  // Four rows side by side: a running sum waits for its last addition.
  for (; i + 4 <= rows; i += 4, x += 4 * stride, sums += 32) {
    let first = v128.load(sums);
    let second = v128.load(sums, 16);
    let p = x;
    for (const end = x + (<usize>count & ~1) * 8; p < end; p += 16) {
      const a = v128.load(p);
      const b = v128.load(p + stride);
      const c = v128.load(p + 2 * stride);
      const d = v128.load(p + 3 * stride);
      first = f64x2.add(f64x2.add(first, lows(a, b)), highs(a, b));
      second = f64x2.add(f64x2.add(second, lows(c, d)), highs(c, d));
    }
    if (count & 1) {
      first = f64x2.add(first, lows(v128.load64_zero(p), v128.load64_zero(p + stride)));
      second = f64x2.add(second, lows(v128.load64_zero(p + 2 * stride), v128.load64_zero(p + 3 * stride)));
    }
    v128.store(sums, first);
    v128.store(sums, second, 16);
  }
  for (; i < rows; i++, x += stride, sums += 8) {
    let sum = load<f64>(sums);
    for (let p = x, end = x + <usize>count * 8; p < end; p += 8) sum += load<f64>(p);
    store<f64>(sums, sum);
  }
}

/** out[j] += x[0][j], then x[1][j], …; rows are `stride` bytes apart. */
export function addRows(x: usize, rows: i32, stride: usize, count: i32, out: usize): void {
  const end = x + (<usize>count & ~7) * 8;
  for (; x < end; x += 64, out += 64) {
    let a = v128.load(out);
    let b = v128.load(out, 16);
    let c = v128.load(out, 32);
    let d = v128.load(out, 48);
    let p = x;
    for (let i = 0; i < rows; i++, p += stride) {
      a = f64x2.add(a, v128.load(p));
      b = f64x2.add(b, v128.load(p, 16));
      c = f64x2.add(c, v128.load(p, 32));
      d = f64x2.add(d, v128.load(p, 48));
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  for (let j = count & 7; j > 0; j--, x += 8, out += 8) {
    let sum = load<f64>(out);
    for (let i = 0, p = x; i < rows; i++, p += stride) sum += load<f64>(p);
    store<f64>(out, sum);
  }
}

/** sums[c] += weights[j] rows[j][c], one row after another, each product rounded; rows of `width` float64. */
export function addMultiples(weights: usize, count: i32, rows: usize, width: i32, sums: usize): void {
  const stride = <usize>width * 8;
  const last = weights + <usize>count * 8;
  let column = 0;
  for (; column + 8 <= width; column += 8, rows += 64, sums += 64) {
    let a = v128.load(sums);
    let b = v128.load(sums, 16);
    let c = v128.load(sums, 32);
    let d = v128.load(sums, 48);
    for (let w = weights, row = rows; w < last; w += 8, row += stride) {
      const weight = v128.load64_splat(w);
      a = f64x2.add(a, f64x2.mul(weight, v128.load(row)));
      b = f64x2.add(b, f64x2.mul(weight, v128.load(row, 16)));
      c = f64x2.add(c, f64x2.mul(weight, v128.load(row, 32)));
      d = f64x2.add(d, f64x2.mul(weight, v128.load(row, 48)));
    }
    v128.store(sums, a);
    v128.store(sums, b, 16);
    v128.store(sums, c, 32);
    v128.store(sums, d, 48);
  }
  for (; column < width; column++, rows += 8, sums += 8) {
    let sum = load<f64>(sums);
    for (let w = weights, row = rows; w < last; w += 8, row += stride) sum += load<f64>(w) * load<f64>(row);
    store<f64>(sums, sum);
  }
}

/** Columns of a strip; `STRIP_COLUMNS` of `../score-rows.ts`. */
export const STRIP: i32 = 16;

/** x += weights[j] row j of a strip, one row after another, each product rounded. Not inlined: its sums must stay in registers. */
export function addStrip(weights: usize, count: i32, rows: usize, x: usize): void {
  let a = v128.load(x);
  let b = v128.load(x, 16);
  let c = v128.load(x, 32);
  let d = v128.load(x, 48);
  let e = v128.load(x, 64);
  let f = v128.load(x, 80);
  let g = v128.load(x, 96);
  let h = v128.load(x, 112);
  for (let w = weights, last = weights + <usize>count * 8, row = rows; w < last; w += 8, row += STRIP * 8) {
    const weight = v128.load64_splat(w);
    a = f64x2.add(a, f64x2.mul(weight, v128.load(row)));
    b = f64x2.add(b, f64x2.mul(weight, v128.load(row, 16)));
    c = f64x2.add(c, f64x2.mul(weight, v128.load(row, 32)));
    d = f64x2.add(d, f64x2.mul(weight, v128.load(row, 48)));
    e = f64x2.add(e, f64x2.mul(weight, v128.load(row, 64)));
    f = f64x2.add(f, f64x2.mul(weight, v128.load(row, 80)));
    g = f64x2.add(g, f64x2.mul(weight, v128.load(row, 96)));
    h = f64x2.add(h, f64x2.mul(weight, v128.load(row, 112)));
  }
  v128.store(x, a);
  v128.store(x, b, 16);
  v128.store(x, c, 32);
  v128.store(x, d, 48);
  v128.store(x, e, 64);
  v128.store(x, f, 80);
  v128.store(x, g, 96);
  v128.store(x, h, 112);
}

/**
 * sums[16 s + c] += weights[j] strips[s][j][c]: rows of 16 float64 that lie one behind the other, so that memory is read in order. Strips are
 * `stride` bytes apart.
 */
export function addStripMultiples(weights: usize, count: i32, strips: usize, stride: usize, width: i32, sums: usize): void {
  for (let column = 0; column < width; column += STRIP, strips += stride, sums += STRIP * 8) addStrip(weights, count, strips, sums);
}

/** Lists the places of a row that hold at least `least`, ascending, as int32; returns how many. */
export function listAtLeast(x: usize, count: i32, least: f64, places: usize): i32 {
  const limit = f64x2.splat(least);
  let to = places;
  let j = 0;
  for (; j + 2 <= count; j += 2, x += 16) {
    let hits = i64x2.bitmask(f64x2.ge(v128.load(x), limit));
    for (; hits; hits &= hits - 1, to += 4) store<i32>(to, j + ctz(hits));
  }
  if (j < count && load<f64>(x) >= least) {
    store<i32>(to, j);
    to += 4;
  }
  return <i32>((to - places) >> 2);
}
