/** What becomes of a stored tile of 4 x 4 float64. */

import { lows, highs } from './arithmetic';
import { STEP_BYTES, storeTile } from './tiles-f64';

/** Bytes of a tile stored by itself. */
export const TILE_BYTES: usize = 4 * STEP_BYTES;

/** out[r][c] += the tile; rows of `out` are `stride` bytes apart; `tile` is scratch of TILE_BYTES. */
@inline
export function addTile(p: usize, q: usize, steps: i32, out: usize, stride: usize, tile: usize): void {
  storeTile(p, q, steps, tile, STEP_BYTES);
  addRow(tile, out);
  addRow(tile + 32, out + stride);
  addRow(tile + 64, out + 2 * stride);
  addRow(tile + 96, out + 3 * stride);
}

@inline
function addRow(tile: usize, out: usize): void {
  v128.store(out, f64x2.add(v128.load(out), v128.load(tile)));
  v128.store(out, f64x2.add(v128.load(out, 16), v128.load(tile, 16)), 16);
}

/** sums[r] += the squares of row r of the tile; `sums` is four float64, `tile` scratch of TILE_BYTES. */
@inline
export function squareTile(p: usize, q: usize, steps: i32, sums: usize, tile: usize): void {
  storeTile(p, q, steps, tile, STEP_BYTES);
  addSquares(tile, STEP_BYTES, sums);
}

/** sums[r] += the squares of four columns of row r of a stored tile, of four rows `stride` bytes apart. */
@inline
export function addSquares(tile: usize, stride: usize, sums: usize): void {
  const a = rowSquares(tile);
  const b = rowSquares(tile + stride);
  const c = rowSquares(tile + 2 * stride);
  const d = rowSquares(tile + 3 * stride);
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.add(lows(a, b), highs(a, b))));
  v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.add(lows(c, d), highs(c, d))), 16);
}

@inline
function rowSquares(tile: usize): v128 {
  const x = v128.load(tile);
  const y = v128.load(tile, 16);
  return f64x2.add(f64x2.mul(x, x), f64x2.mul(y, y));
}
