/**
 * The float64 micro-kernel: a 4 x 4 tile of P^T Q, with P and Q packed as [step][4].
 *
 * Tile: 8 sums of two lanes, 2 vectors of Q and 1 broadcast of P (1 more for the product without FMA): 12 live vectors.
 * A step is 32 flops in 8 multiply-adds, 4 cycles at two a cycle: at best 8 flops a cycle. Two steps a turn halve the
 * loop's own cost; four do not fit the registers.
 *
 * Every entry is one running sum over the steps in order, so equal columns have equal entries wherever they stand.
 */

import { lows, highs, multiplyAdd } from './arithmetic';

/** Bytes of one packed step of four float64. */
export const STEP_BYTES: usize = 32;

/** What becomes of a finished tile. */
const ADD = 0;
const STORE = 1;
const SQUARE = 2;

/** out[r][c] += the tile; rows of `out` are `stride` bytes apart. */
export function addTile(p: usize, q: usize, steps: i32, out: usize, stride: usize): void {
  formTile(p, q, steps, ADD, out, stride);
}

/** out[r][c] = the tile; rows of `out` are `stride` bytes apart. */
export function storeTile(p: usize, q: usize, steps: i32, out: usize, stride: usize): void {
  formTile(p, q, steps, STORE, out, stride);
}

/** sums[r] += the squares of row r of the tile; `sums` is four float64. */
export function squareTile(p: usize, q: usize, steps: i32, sums: usize): void {
  formTile(p, q, steps, SQUARE, sums, 0);
}

/** @param steps - even, >= 0 */
@inline
function formTile(p: usize, q: usize, steps: i32, ending: i32, out: usize, stride: usize): void {
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (const end = q + <usize>steps * STEP_BYTES; q < end; p += 2 * STEP_BYTES, q += 2 * STEP_BYTES) {
    let x = v128.load(q);
    let y = v128.load(q, 16);
    let s = v128.load64_splat(p);
    a0 = multiplyAdd(s, x, a0);
    a1 = multiplyAdd(s, y, a1);
    s = v128.load64_splat(p, 8);
    b0 = multiplyAdd(s, x, b0);
    b1 = multiplyAdd(s, y, b1);
    s = v128.load64_splat(p, 16);
    c0 = multiplyAdd(s, x, c0);
    c1 = multiplyAdd(s, y, c1);
    s = v128.load64_splat(p, 24);
    d0 = multiplyAdd(s, x, d0);
    d1 = multiplyAdd(s, y, d1);
    x = v128.load(q, 32);
    y = v128.load(q, 48);
    s = v128.load64_splat(p, 32);
    a0 = multiplyAdd(s, x, a0);
    a1 = multiplyAdd(s, y, a1);
    s = v128.load64_splat(p, 40);
    b0 = multiplyAdd(s, x, b0);
    b1 = multiplyAdd(s, y, b1);
    s = v128.load64_splat(p, 48);
    c0 = multiplyAdd(s, x, c0);
    c1 = multiplyAdd(s, y, c1);
    s = v128.load64_splat(p, 56);
    d0 = multiplyAdd(s, x, d0);
    d1 = multiplyAdd(s, y, d1);
  }
  if (ending == SQUARE) {
    a0 = f64x2.add(f64x2.mul(a0, a0), f64x2.mul(a1, a1));
    b0 = f64x2.add(f64x2.mul(b0, b0), f64x2.mul(b1, b1));
    c0 = f64x2.add(f64x2.mul(c0, c0), f64x2.mul(c1, c1));
    d0 = f64x2.add(f64x2.mul(d0, d0), f64x2.mul(d1, d1));
    v128.store(out, f64x2.add(v128.load(out), f64x2.add(lows(a0, b0), highs(a0, b0))));
    v128.store(out, f64x2.add(v128.load(out, 16), f64x2.add(lows(c0, d0), highs(c0, d0))), 16);
    return;
  }
  endRow(out, a0, a1, ending);
  endRow(out + stride, b0, b1, ending);
  endRow(out + 2 * stride, c0, c1, ending);
  endRow(out + 3 * stride, d0, d1, ending);
}

@inline
function endRow(out: usize, x: v128, y: v128, ending: i32): void {
  if (ending == ADD) {
    x = f64x2.add(v128.load(out), x);
    y = f64x2.add(v128.load(out, 16), y);
  }
  v128.store(out, x);
  v128.store(out, y, 16);
}
