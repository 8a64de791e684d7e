/**
 * The float32 micro-kernel for sums that must be accurate: a 4 x 8 tile of P^T Q as in `tile-f32.ts`, but summed eight steps
 * at a time, and the partial sums then added up. A term passes through at most as many roundings as are left of its eight
 * steps and of the partial sums, not of all steps.
 */

import { multiplyAddSingle } from './arithmetic';

/** Bytes of Q of one chunk: eight steps. */
const CHUNK_BYTES: usize = 256;

/**
 * tile[r][c] = the tile, 4 x 8 float32. It is the body of functions of their own, which V8 needs to keep the sums in registers.
 *
 * @param p - [step][4] float32
 * @param q - [step][8] float32
 * @param last - the end of q, an even number of steps behind it, at least 2
 */
@inline
export function sumChunks(p: usize, q: usize, last: usize, tile: usize): void {
  for (let adding = false; q < last; adding = true) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    for (const end = min(q + CHUNK_BYTES, last); q < end; p += 32, q += 64) {
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

/**
 * The same; the maxima of its columns are raised to it.
 *
 * @param steps - even, >= 2
 * @param maxima - 8 float32
 */
export function storeChunkedTile(p: usize, q: usize, steps: i32, tile: usize, maxima: usize): void {
  sumChunks(p, q, q + <usize>steps * 32, tile);
  raise(maxima, tile);
  raise(maxima + 16, tile + 16);
}

/** Raises four maxima to those of a stored tile's columns. */
@inline
export function raise(maxima: usize, tile: usize): void {
  const top = f32x4.pmax(v128.load(tile), v128.load(tile, 32));
  const bottom = f32x4.pmax(v128.load(tile, 64), v128.load(tile, 96));
  v128.store(maxima, f32x4.pmax(v128.load(maxima), f32x4.pmax(top, bottom)));
}
