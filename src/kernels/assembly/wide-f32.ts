/**
 * The float32 micro-kernel of the wide build: a 4 x 16 tile of P^T Q over two strips of eight columns of Q, packed as [step][8] as in
 * `tile-f32.ts`, and with the same sums: every entry is one running sum over the steps in order. 16 sums of four lanes, which V8
 * fuses to 8 of eight.
 */

import { multiplyAddSingle } from './arithmetic';
import { TILE_BYTES_SINGLE } from './tile-f32';

/** Bytes of a stored tile: two of 4 x 8, one for each strip. */
export const WIDE_TILE_BYTES_SINGLE: usize = 2 * TILE_BYTES_SINGLE;

/**
 * tile = the tile, as two of 4 x 8.
 *
 * @param p - four rows of P, at every step side by side
 * @param pStep - bytes from step to step of P
 * @param q - columns 0 ... 7
 * @param next - columns 8 ... 15
 * @param steps - >= 0
 */
export function storeWideTileSingle(p: usize, pStep: usize, q: usize, next: usize, steps: i32, tile: usize): void {
  let a0 = f32x4.splat(0);
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
  for (const end = q + <usize>steps * 32; q < end; p += pStep, q += 32, next += 32) {
    const x0 = v128.load(q);
    const x1 = v128.load(q, 16);
    const x2 = v128.load(next);
    const x3 = v128.load(next, 16);
    let s = v128.load32_splat(p);
    a0 = multiplyAddSingle(s, x0, a0);
    a1 = multiplyAddSingle(s, x1, a1);
    a2 = multiplyAddSingle(s, x2, a2);
    a3 = multiplyAddSingle(s, x3, a3);
    s = v128.load32_splat(p, 4);
    b0 = multiplyAddSingle(s, x0, b0);
    b1 = multiplyAddSingle(s, x1, b1);
    b2 = multiplyAddSingle(s, x2, b2);
    b3 = multiplyAddSingle(s, x3, b3);
    s = v128.load32_splat(p, 8);
    c0 = multiplyAddSingle(s, x0, c0);
    c1 = multiplyAddSingle(s, x1, c1);
    c2 = multiplyAddSingle(s, x2, c2);
    c3 = multiplyAddSingle(s, x3, c3);
    s = v128.load32_splat(p, 12);
    d0 = multiplyAddSingle(s, x0, d0);
    d1 = multiplyAddSingle(s, x1, d1);
    d2 = multiplyAddSingle(s, x2, d2);
    d3 = multiplyAddSingle(s, x3, d3);
  }
  v128.store(tile, a0);
  v128.store(tile, a1, 16);
  v128.store(tile, b0, 32);
  v128.store(tile, b1, 48);
  v128.store(tile, c0, 64);
  v128.store(tile, c1, 80);
  v128.store(tile, d0, 96);
  v128.store(tile, d1, 112);
  v128.store(tile, a2, 128);
  v128.store(tile, a3, 144);
  v128.store(tile, b2, 160);
  v128.store(tile, b3, 176);
  v128.store(tile, c2, 192);
  v128.store(tile, c3, 208);
  v128.store(tile, d2, 224);
  v128.store(tile, d3, 240);
}
