/**
 * The float64 micro-kernel: a 4 x 4 tile of P^T Q, with P and Q packed as [step][4].
 *
 * Tile: 8 sums of two lanes, 2 vectors of Q and 1 broadcast of P (1 more for the product without FMA): 12 live vectors.
 * A step is 32 flops in 8 multiply-adds, 4 cycles at two a cycle: at best 8 flops a cycle. Two steps a turn halve the
 * loop's own cost; four do not fit the registers.
 *
 * The sums are stored and nothing else is done with them here: where they are used at once, V8 orders the loop so that
 * all its loads come first and the sums spill, at half the speed.
 *
 * Every entry is one running sum over the steps in order, so equal columns have equal entries wherever they stand.
 */

import { lows, highs, multiplyAdd } from './arithmetic';

/** Bytes of one packed step of four float64. */
export const STEP_BYTES: usize = 32;

/**
 * out[r][c] = the tile of P^T P for c >= r, the rest unspecified: six multiply-adds a step instead of eight.
 *
 * @param steps - even, >= 0
 */
export function storeDiagonalTile(p: usize, steps: i32, out: usize, stride: usize): void {
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c1 = a0;
  let d1 = a0;
  for (const end = p + <usize>steps * STEP_BYTES; p < end; p += STEP_BYTES) {
    const x = v128.load(p);
    const y = v128.load(p, 16);
    let s = v128.load64_splat(p);
    a0 = multiplyAdd(s, x, a0);
    a1 = multiplyAdd(s, y, a1);
    s = v128.load64_splat(p, 8);
    b0 = multiplyAdd(s, x, b0);
    b1 = multiplyAdd(s, y, b1);
    s = v128.load64_splat(p, 16);
    c1 = multiplyAdd(s, y, c1);
    s = v128.load64_splat(p, 24);
    d1 = multiplyAdd(s, y, d1);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  out += stride;
  v128.store(out, b0);
  v128.store(out, b1, 16);
  out += stride;
  v128.store(out, c1, 16);
  out += stride;
  v128.store(out, d1, 16);
}

/** Bytes of a tile stored by itself. */
export const TILE_BYTES: usize = 4 * STEP_BYTES;

/**
 * out[r][c] = the tile; rows of `out` are `stride` bytes apart.
 *
 * @param steps - even, >= 0
 */
export function storeTile(p: usize, q: usize, steps: i32, out: usize, stride: usize): void {
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
  v128.store(out, a0);
  v128.store(out, a1, 16);
  out += stride;
  v128.store(out, b0);
  v128.store(out, b1, 16);
  out += stride;
  v128.store(out, c0);
  v128.store(out, c1, 16);
  out += stride;
  v128.store(out, d0);
  v128.store(out, d1, 16);
}

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
