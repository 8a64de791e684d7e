/**
 * The float32 micro-kernel: a 4 x 8 tile of P^T Q, with P packed as [step][4] and Q as [step][8].
 *
 * Tile: 8 sums of four lanes, 2 vectors of Q, 1 broadcast of P (1 more for the product without FMA): 12 live vectors.
 * A step is 64 flops in 8 multiply-adds: at best 16 flops a cycle.
 */

import { highs, lows, multiplyAddSingle } from './arithmetic';

/** What becomes of a finished tile. */
const SQUARE = 0;
const COMPARE = 1;

/** sums[r] += the squares of row r of the tile; `sums` is four float64. */
export function squareTileSingle(p: usize, q: usize, steps: i32, sums: usize): void {
  formTile(p, q, steps, SQUARE, sums);
}

/**
 * Compares squared entries with thresholds.
 *
 * @param thresholds - four float32, one a row
 * @returns bit 8 r + c is set where the square of entry (r, c) reaches thresholds[r], or either is NaN
 */
export function compareTile(p: usize, q: usize, steps: i32, thresholds: usize): i32 {
  return formTile(p, q, steps, COMPARE, thresholds);
}

/** @param steps - even, >= 0 */
@inline
function formTile(p: usize, q: usize, steps: i32, ending: i32, other: usize): i32 {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (const end = q + <usize>steps * 32; q < end; p += 32, q += 64) {
    let x = v128.load(q);
    let y = v128.load(q, 16);
    let s = v128.load32_splat(p);
    a0 = multiplyAddSingle(s, x, a0);
    a1 = multiplyAddSingle(s, y, a1);
    s = v128.load32_splat(p, 4);
    b0 = multiplyAddSingle(s, x, b0);
    b1 = multiplyAddSingle(s, y, b1);
    s = v128.load32_splat(p, 8);
    c0 = multiplyAddSingle(s, x, c0);
    c1 = multiplyAddSingle(s, y, c1);
    s = v128.load32_splat(p, 12);
    d0 = multiplyAddSingle(s, x, d0);
    d1 = multiplyAddSingle(s, y, d1);
    x = v128.load(q, 32);
    y = v128.load(q, 48);
    s = v128.load32_splat(p, 16);
    a0 = multiplyAddSingle(s, x, a0);
    a1 = multiplyAddSingle(s, y, a1);
    s = v128.load32_splat(p, 20);
    b0 = multiplyAddSingle(s, x, b0);
    b1 = multiplyAddSingle(s, y, b1);
    s = v128.load32_splat(p, 24);
    c0 = multiplyAddSingle(s, x, c0);
    c1 = multiplyAddSingle(s, y, c1);
    s = v128.load32_splat(p, 28);
    d0 = multiplyAddSingle(s, x, d0);
    d1 = multiplyAddSingle(s, y, d1);
  }
  if (ending == COMPARE) {
    a0 = missed(a0, v128.load32_splat(other));
    a1 = missed(a1, v128.load32_splat(other));
    b0 = missed(b0, v128.load32_splat(other, 4));
    b1 = missed(b1, v128.load32_splat(other, 4));
    c0 = missed(c0, v128.load32_splat(other, 8));
    c1 = missed(c1, v128.load32_splat(other, 8));
    d0 = missed(d0, v128.load32_splat(other, 12));
    d1 = missed(d1, v128.load32_splat(other, 12));
    return ~(laneBits(a0, a1) | (laneBits(b0, b1) << 8) | (laneBits(c0, c1) << 16) | (laneBits(d0, d1) << 24));
  }
  v128.store(other, f64x2.add(v128.load(other), addLanes(squares(a0, a1), squares(b0, b1))));
  v128.store(other, f64x2.add(v128.load(other, 16), addLanes(squares(c0, c1), squares(d0, d1))), 16);
  return 0;
}

@inline
function missed(x: v128, threshold: v128): v128 {
  return f32x4.lt(f32x4.mul(x, x), threshold);
}

/** One bit for each of eight lanes. */
@inline
function laneBits(x: v128, y: v128): i32 {
  return i32x4.bitmask(x) | (i32x4.bitmask(y) << 4);
}

@inline
function squares(x: v128, y: v128): v128 {
  return f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y));
}

/** The sums of four float32 lanes of x and of y, as two float64. */
@inline
function addLanes(x: v128, y: v128): v128 {
  // [x0 + x2, y0 + y2, x1 + x3, y1 + y3], then its halves in float64.
  const pairs = f32x4.add(v128.shuffle<f32>(x, y, 0, 4, 1, 5), v128.shuffle<f32>(x, y, 2, 6, 3, 7));
  return f64x2.add(f64x2.promote_low_f32x4(pairs), f64x2.promote_low_f32x4(highs(pairs, pairs)));
}
