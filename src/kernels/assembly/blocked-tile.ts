/**
 * The tile of wide matrices: 4 x 8 entries of P^T Q in float64, with P and Q packed as [step][4], so that one packing serves
 * for both sides.
 *
 * Sixteen sums of two lanes; neighbouring sums and loads stand side by side, so that engines which fuse pairs of vectors find
 * them. The sums are stored and used elsewhere, as in `tile-f64.ts`. Every entry is one running sum over the steps in order.
 */

import { multiplyAdd } from './arithmetic';
import { STEP_BYTES } from './tile-f64';

/** Bytes of a tile stored by itself: [4][8]. */
export const WIDE_TILE_BYTES: usize = 256;

/**
 * out[r][c] = sum over steps of p[step][r] q[step][c], c < 4 from q, the others from the strip `next` bytes behind it.
 *
 * @param steps - even, >= 0
 */
export function storeWideTile(p: usize, q: usize, next: usize, steps: i32, out: usize): void {
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
  let o = q + next;
  for (const end = q + <usize>steps * STEP_BYTES; q < end; p += 2 * STEP_BYTES, q += 2 * STEP_BYTES, o += 2 * STEP_BYTES) {
    let w = v128.load(q);
    let x = v128.load(q, 16);
    let y = v128.load(o);
    let z = v128.load(o, 16);
    let s = v128.load64_splat(p);
    a0 = multiplyAdd(s, w, a0);
    a1 = multiplyAdd(s, x, a1);
    a2 = multiplyAdd(s, y, a2);
    a3 = multiplyAdd(s, z, a3);
    s = v128.load64_splat(p, 8);
    b0 = multiplyAdd(s, w, b0);
    b1 = multiplyAdd(s, x, b1);
    b2 = multiplyAdd(s, y, b2);
    b3 = multiplyAdd(s, z, b3);
    s = v128.load64_splat(p, 16);
    c0 = multiplyAdd(s, w, c0);
    c1 = multiplyAdd(s, x, c1);
    c2 = multiplyAdd(s, y, c2);
    c3 = multiplyAdd(s, z, c3);
    s = v128.load64_splat(p, 24);
    d0 = multiplyAdd(s, w, d0);
    d1 = multiplyAdd(s, x, d1);
    d2 = multiplyAdd(s, y, d2);
    d3 = multiplyAdd(s, z, d3);
    w = v128.load(q, 32);
    x = v128.load(q, 48);
    y = v128.load(o, 32);
    z = v128.load(o, 48);
    s = v128.load64_splat(p, 32);
    a0 = multiplyAdd(s, w, a0);
    a1 = multiplyAdd(s, x, a1);
    a2 = multiplyAdd(s, y, a2);
    a3 = multiplyAdd(s, z, a3);
    s = v128.load64_splat(p, 40);
    b0 = multiplyAdd(s, w, b0);
    b1 = multiplyAdd(s, x, b1);
    b2 = multiplyAdd(s, y, b2);
    b3 = multiplyAdd(s, z, b3);
    s = v128.load64_splat(p, 48);
    c0 = multiplyAdd(s, w, c0);
    c1 = multiplyAdd(s, x, c1);
    c2 = multiplyAdd(s, y, c2);
    c3 = multiplyAdd(s, z, c3);
    s = v128.load64_splat(p, 56);
    d0 = multiplyAdd(s, w, d0);
    d1 = multiplyAdd(s, x, d1);
    d2 = multiplyAdd(s, y, d2);
    d3 = multiplyAdd(s, z, d3);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
  v128.store(out, b0, 64);
  v128.store(out, b1, 80);
  v128.store(out, b2, 96);
  v128.store(out, b3, 112);
  v128.store(out, c0, 128);
  v128.store(out, c1, 144);
  v128.store(out, c2, 160);
  v128.store(out, c3, 176);
  v128.store(out, d0, 192);
  v128.store(out, d1, 208);
  v128.store(out, d2, 224);
  v128.store(out, d3, 240);
}
