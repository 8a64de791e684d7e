/**
 * The tile of `tile-chunked.ts` in the wide build: 4 x 16 over two strips of eight columns of Q, with the same sums: eight steps at a
 * time, and the partial sums then added up.
 */

import { multiplyAddSingle } from './arithmetic';
import { raise } from './tile-chunked';

/** Bytes of a strip of Q of one chunk: eight steps. */
const CHUNK_BYTES: usize = 256;

/**
 * tile[r][c] = the tile of the first strip, 4 x 8 float32, and nextTile[r][c] = that of the second. It is the body of functions of their own, as
 * among other code V8 does not fuse it.
 *
 * @param p - [step][4] float32
 * @param q - [step][8] float32, the first strip; next: the second
 * @param last - the end of q, an even number of steps behind it, at least 2
 */
@inline
export function sumWideChunks(p: usize, q: usize, next: usize, last: usize, tile: usize, nextTile: usize): void {
  for (let adding = false; q < last; adding = true) {
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
    for (const end = min(q + CHUNK_BYTES, last); q < end; p += 32, q += 64, next += 64) {
      let x0 = v128.load(q);
      let x1 = v128.load(q, 16);
      let x2 = v128.load(next);
      let x3 = v128.load(next, 16);
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
      x0 = v128.load(q, 32);
      x1 = v128.load(q, 48);
      x2 = v128.load(next, 32);
      x3 = v128.load(next, 48);
      s = v128.load32_splat(p, 16);
      a0 = multiplyAddSingle(s, x0, a0);
      a1 = multiplyAddSingle(s, x1, a1);
      a2 = multiplyAddSingle(s, x2, a2);
      a3 = multiplyAddSingle(s, x3, a3);
      s = v128.load32_splat(p, 20);
      b0 = multiplyAddSingle(s, x0, b0);
      b1 = multiplyAddSingle(s, x1, b1);
      b2 = multiplyAddSingle(s, x2, b2);
      b3 = multiplyAddSingle(s, x3, b3);
      s = v128.load32_splat(p, 24);
      c0 = multiplyAddSingle(s, x0, c0);
      c1 = multiplyAddSingle(s, x1, c1);
      c2 = multiplyAddSingle(s, x2, c2);
      c3 = multiplyAddSingle(s, x3, c3);
      s = v128.load32_splat(p, 28);
      d0 = multiplyAddSingle(s, x0, d0);
      d1 = multiplyAddSingle(s, x1, d1);
      d2 = multiplyAddSingle(s, x2, d2);
      d3 = multiplyAddSingle(s, x3, d3);
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
      a2 = f32x4.add(v128.load(nextTile), a2);
      a3 = f32x4.add(v128.load(nextTile, 16), a3);
      b2 = f32x4.add(v128.load(nextTile, 32), b2);
      b3 = f32x4.add(v128.load(nextTile, 48), b3);
      c2 = f32x4.add(v128.load(nextTile, 64), c2);
      c3 = f32x4.add(v128.load(nextTile, 80), c3);
      d2 = f32x4.add(v128.load(nextTile, 96), d2);
      d3 = f32x4.add(v128.load(nextTile, 112), d3);
    }
    v128.store(tile, a0);
    v128.store(tile, a1, 16);
    v128.store(tile, b0, 32);
    v128.store(tile, b1, 48);
    v128.store(tile, c0, 64);
    v128.store(tile, c1, 80);
    v128.store(tile, d0, 96);
    v128.store(tile, d1, 112);
    v128.store(nextTile, a2);
    v128.store(nextTile, a3, 16);
    v128.store(nextTile, b2, 32);
    v128.store(nextTile, b3, 48);
    v128.store(nextTile, c2, 64);
    v128.store(nextTile, c3, 80);
    v128.store(nextTile, d2, 96);
    v128.store(nextTile, d3, 112);
  }
}

/**
 * tile[r][c] = the tile of the first strip, and, `shift` bytes behind it, that of the second; the maxima of their columns are raised to them.
 *
 * @param steps - even, >= 2
 * @param maxima - 8 float32, and `shift` bytes behind them 8 of the second strip
 */
export function storeWideChunkedTile(
  p: usize,
  q: usize,
  next: usize,
  steps: i32,
  tile: usize,
  shift: usize,
  maxima: usize,
): void {
  const nextTile = tile + shift;
  const nextMaxima = maxima + shift;
  sumWideChunks(p, q, next, q + <usize>steps * 32, tile, nextTile);
  raise(maxima, tile);
  raise(maxima + 16, tile + 16);
  raise(nextMaxima, nextTile);
  raise(nextMaxima + 16, nextTile + 16);
}
