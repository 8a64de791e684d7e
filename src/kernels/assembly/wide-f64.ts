/**
 * The float64 micro-kernels of the wide build: tiles of P^T Q over two strips of four columns of Q, with P and Q packed as [step][4] as in
 * `tile-f64.ts`, and with the same sums: every entry is one running sum over the steps in order.
 *
 * A tile of 4 x 8 has 16 sums of two lanes, which V8 fuses to 8 of four, enough to hide the latency of a multiply-add; 6 x 8 has
 * 12, which with 2 vectors of Q and 1 broadcast of P fill the registers. Not fused they would spill: the narrow builds have their own.
 */

import { multiplyAdd } from './arithmetic';
import { STEP_BYTES } from './tile-f64';

/** Bytes from row to row of a tile stored by itself. */
export const WIDE_STRIDE: usize = 64;

/**
 * out[r][c] = the tile of 4 x 8; rows of `out` are `stride` bytes apart.
 *
 * @param q - columns 0 ... 3
 * @param next - columns 4 ... 7
 * @param steps - >= 0
 */
export function storeWideTile(p: usize, q: usize, next: usize, steps: i32, out: usize, stride: usize): void {
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  let c0 = a0;
  let c1 = a0;
  let c2 = a0;
  let c3 = a0;
  let d0 = a0;
  let d1 = a0;
  let d2 = a0;
  let d3 = a0;
  for (const end = q + <usize>steps * STEP_BYTES; q < end; p += STEP_BYTES, q += STEP_BYTES, next += STEP_BYTES) {
    const x0 = v128.load(q);
    const x1 = v128.load(q, 16);
    const x2 = v128.load(next);
    const x3 = v128.load(next, 16);
    let s = v128.load64_splat(p);
    a0 = multiplyAdd(s, x0, a0);
    a1 = multiplyAdd(s, x1, a1);
    a2 = multiplyAdd(s, x2, a2);
    a3 = multiplyAdd(s, x3, a3);
    s = v128.load64_splat(p, 8);
    b0 = multiplyAdd(s, x0, b0);
    b1 = multiplyAdd(s, x1, b1);
    b2 = multiplyAdd(s, x2, b2);
    b3 = multiplyAdd(s, x3, b3);
    s = v128.load64_splat(p, 16);
    c0 = multiplyAdd(s, x0, c0);
    c1 = multiplyAdd(s, x1, c1);
    c2 = multiplyAdd(s, x2, c2);
    c3 = multiplyAdd(s, x3, c3);
    s = v128.load64_splat(p, 24);
    d0 = multiplyAdd(s, x0, d0);
    d1 = multiplyAdd(s, x1, d1);
    d2 = multiplyAdd(s, x2, d2);
    d3 = multiplyAdd(s, x3, d3);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
  out += stride;
  v128.store(out, b0);
  v128.store(out, b1, 16);
  v128.store(out, b2, 32);
  v128.store(out, b3, 48);
  out += stride;
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  out += stride;
  v128.store(out, d0);
  v128.store(out, d1, 16);
  v128.store(out, d2, 32);
  v128.store(out, d3, 48);
}

/**
 * out[r][c] = the tile of 6 x 8; rows of `out` are `stride` bytes apart.
 *
 * @param p0 - rows 0 and 1, which lie side by side; p1: rows 2 and 3; p2: rows 4 and 5
 * @param q - columns 0 ... 3
 * @param next - columns 4 ... 7
 * @param steps - >= 0
 */
export function storeTallTile(
  p0: usize,
  p1: usize,
  p2: usize,
  q: usize,
  next: usize,
  steps: i32,
  out: usize,
  stride: usize,
): void {
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  let c0 = a0;
  let c1 = a0;
  let c2 = a0;
  let c3 = a0;
  let d0 = a0;
  let d1 = a0;
  let d2 = a0;
  let d3 = a0;
  let e0 = a0;
  let e1 = a0;
  let e2 = a0;
  let e3 = a0;
  let f0 = a0;
  let f1 = a0;
  let f2 = a0;
  let f3 = a0;
  for (const end = q + <usize>steps * STEP_BYTES; q < end; q += STEP_BYTES, next += STEP_BYTES) {
    const x0 = v128.load(q);
    const x1 = v128.load(q, 16);
    const x2 = v128.load(next);
    const x3 = v128.load(next, 16);
    let s = v128.load64_splat(p0);
    a0 = multiplyAdd(s, x0, a0);
    a1 = multiplyAdd(s, x1, a1);
    a2 = multiplyAdd(s, x2, a2);
    a3 = multiplyAdd(s, x3, a3);
    s = v128.load64_splat(p0, 8);
    b0 = multiplyAdd(s, x0, b0);
    b1 = multiplyAdd(s, x1, b1);
    b2 = multiplyAdd(s, x2, b2);
    b3 = multiplyAdd(s, x3, b3);
    s = v128.load64_splat(p1);
    c0 = multiplyAdd(s, x0, c0);
    c1 = multiplyAdd(s, x1, c1);
    c2 = multiplyAdd(s, x2, c2);
    c3 = multiplyAdd(s, x3, c3);
    s = v128.load64_splat(p1, 8);
    d0 = multiplyAdd(s, x0, d0);
    d1 = multiplyAdd(s, x1, d1);
    d2 = multiplyAdd(s, x2, d2);
    d3 = multiplyAdd(s, x3, d3);
    s = v128.load64_splat(p2);
    e0 = multiplyAdd(s, x0, e0);
    e1 = multiplyAdd(s, x1, e1);
    e2 = multiplyAdd(s, x2, e2);
    e3 = multiplyAdd(s, x3, e3);
    s = v128.load64_splat(p2, 8);
    f0 = multiplyAdd(s, x0, f0);
    f1 = multiplyAdd(s, x1, f1);
    f2 = multiplyAdd(s, x2, f2);
    f3 = multiplyAdd(s, x3, f3);
    p0 += STEP_BYTES;
    p1 += STEP_BYTES;
    p2 += STEP_BYTES;
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
  out += stride;
  v128.store(out, b0);
  v128.store(out, b1, 16);
  v128.store(out, b2, 32);
  v128.store(out, b3, 48);
  out += stride;
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  out += stride;
  v128.store(out, d0);
  v128.store(out, d1, 16);
  v128.store(out, d2, 32);
  v128.store(out, d3, 48);
  out += stride;
  v128.store(out, e0);
  v128.store(out, e1, 16);
  v128.store(out, e2, 32);
  v128.store(out, e3, 48);
  out += stride;
  v128.store(out, f0);
  v128.store(out, f1, 16);
  v128.store(out, f2, 32);
  v128.store(out, f3, 48);
}
