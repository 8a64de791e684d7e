/**
 * The float32 micro-kernel: a 4 x 8 tile of P^T Q, with P packed as [step][4] and Q as [step][8].
 *
 * Tile: 8 sums of four lanes, 2 vectors of Q, 1 broadcast of P (1 more for the product without FMA): 12 live vectors.
 * A step is 64 flops in 8 multiply-adds: at best 16 flops a cycle.
 */

import { highs, multiplyAddSingle } from './arithmetic';

/** Bytes of a stored tile. */
export const TILE_BYTES_SINGLE: usize = 128;

/**
 * tile[r][c] = the tile, 4 x 8 float32.
 *
 * @param steps - even, >= 0
 */
function storeTile(p: usize, q: usize, steps: i32, tile: usize): void {
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
  v128.store(tile, a0);
  v128.store(tile, a1, 16);
  v128.store(tile, b0, 32);
  v128.store(tile, b1, 48);
  v128.store(tile, c0, 64);
  v128.store(tile, c1, 80);
  v128.store(tile, d0, 96);
  v128.store(tile, d1, 112);
}

/** sums[r] += the squares of row r of the tile; `sums` is four float64, `tile` scratch of TILE_BYTES_SINGLE. */
@inline
export function squareTileSingle(p: usize, q: usize, steps: i32, sums: usize, tile: usize): void {
  storeTile(p, q, steps, tile);
  addSquaresSingle(tile, sums);
}

/** sums[r] += the squares of row r of a stored tile. */
@inline
export function addSquaresSingle(tile: usize, sums: usize): void {
  const first = addLanes(rowSquares(tile), rowSquares(tile + 32));
  const second = addLanes(rowSquares(tile + 64), rowSquares(tile + 96));
  v128.store(sums, f64x2.add(v128.load(sums), first));
  v128.store(sums, f64x2.add(v128.load(sums, 16), second), 16);
}

@inline
function rowSquares(row: usize): v128 {
  const x = v128.load(row);
  const y = v128.load(row, 16);
  return f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y));
}

/** The sums of four float32 lanes of x and of y, as two float64. */
@inline
function addLanes(x: v128, y: v128): v128 {
  // [x0 + x2, y0 + y2, x1 + x3, y1 + y3], then its halves in float64.
  const pairs = f32x4.add(v128.shuffle<f32>(x, y, 0, 4, 1, 5), v128.shuffle<f32>(x, y, 2, 6, 3, 7));
  return f64x2.add(f64x2.promote_low_f32x4(pairs), f64x2.promote_low_f32x4(highs(pairs, pairs)));
}

/**
 * Compares squared entries with thresholds.
 *
 * @param thresholds - four float32, one a row
 * @param tile - scratch of TILE_BYTES_SINGLE
 * @returns bit 8 r + c is set where the square of entry (r, c) reaches thresholds[r], or either is NaN
 */
@inline
export function compareTile(p: usize, q: usize, steps: i32, thresholds: usize, tile: usize): i32 {
  storeTile(p, q, steps, tile);
  return hitsOf(tile, thresholds);
}

/** The same of a stored tile. */
@inline
export function hitsOf(tile: usize, thresholds: usize): i32 {
  const a = missesOfRow(tile, v128.load32_splat(thresholds));
  const b = missesOfRow(tile + 32, v128.load32_splat(thresholds, 4));
  const c = missesOfRow(tile + 64, v128.load32_splat(thresholds, 8));
  const d = missesOfRow(tile + 96, v128.load32_splat(thresholds, 12));
  return ~(a | (b << 8) | (c << 16) | (d << 24));
}

/** One bit for each of eight entries: whether its square is below the threshold. */
@inline
function missesOfRow(row: usize, threshold: v128): i32 {
  const x = v128.load(row);
  const y = v128.load(row, 16);
  const first = f32x4.lt(f32x4.mul(x, x), threshold);
  const second = f32x4.lt(f32x4.mul(y, y), threshold);
  return i32x4.bitmask(first) | (i32x4.bitmask(second) << 4);
}
