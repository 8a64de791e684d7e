/**
 * The float32 micro-kernel for sums of many steps that must be accurate: that of `tile-chunked.ts` for each part of 32 steps. The parts are
 * added up by who asks.
 */

import { multiplyAddSingle } from './arithmetic';

/** Bytes of a strip of Q of one chunk, eight steps, and of one part. */
const CHUNK_BYTES: usize = 256;
const PART_BYTES: usize = 4 * CHUNK_BYTES;

/**
 * tile[r][c] = the tile of the first part, 4 x 8 float32; `shift` bytes behind it, that of the second, and so on.
 *
 * @param p - [step][4] float32
 * @param q - [step][8] float32
 * @param steps - even, >= 2
 */
export function storePartTiles(p: usize, q: usize, steps: i32, tile: usize, shift: usize): void {
  for (const last = q + <usize>steps * 32; q < last; tile += shift) {
    const part = min(q + PART_BYTES, last);
    for (let adding = false; q < part; adding = true) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let b0 = a0;
      let b1 = a0;
      let c0 = a0;
      let c1 = a0;
      let d0 = a0;
      let d1 = a0;
      for (const end = min(q + CHUNK_BYTES, part); q < end; p += 32, q += 64) {
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
      if (adding) {
        a0 = f32x4.add(v128.load(tile), a0);
        a1 = f32x4.add(v128.load(tile, 16), a1);
        b0 = f32x4.add(v128.load(tile, 32), b0);
        b1 = f32x4.add(v128.load(tile, 48), b1);
        c0 = f32x4.add(v128.load(tile, 64), c0);
        c1 = f32x4.add(v128.load(tile, 80), c1);
        d0 = f32x4.add(v128.load(tile, 96), d0);
        d1 = f32x4.add(v128.load(tile, 112), d1);
      }
      v128.store(tile, a0);
      v128.store(tile, a1, 16);
      v128.store(tile, b0, 32);
      v128.store(tile, b1, 48);
      v128.store(tile, c0, 64);
      v128.store(tile, c1, 80);
      v128.store(tile, d0, 96);
      v128.store(tile, d1, 112);
    }
  }
}
