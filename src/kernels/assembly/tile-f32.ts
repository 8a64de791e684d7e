/** What becomes of a stored tile of 4 x 8 float32. */

import { highs } from './arithmetic';
import { storeTileSingle } from './tiles-f32';

/** sums[r] += the squares of row r of the tile; `sums` is four float64, `tile` scratch of TILE_BYTES_SINGLE. */
@inline
export function squareTileSingle(p: usize, q: usize, steps: i32, sums: usize, tile: usize): void {
  storeTileSingle(p, q, steps, tile);
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
  storeTileSingle(p, q, steps, tile);
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
