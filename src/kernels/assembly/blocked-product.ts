/**
 * Products of wide matrices by parts, each of which may be worked out on another thread: columns packed into strips of four, and
 * tiles of P^T Q added to, or taken from, a part of a matrix.
 */

import { loadFirstPair, loadSecondPair, roundUpToEven } from './arithmetic';
import { STEP_BYTES, storeBlockedTile, WIDE_STRIDE } from './tiles-f64';

/** Strips of P that pass over a pair of strips of Q in one go: at 256 steps, 128 KB stay in the second-level cache. */
const GROUP = 16;

/** Bytes from strip to strip of this number of rows: 64 more than it holds, so that strips do not all start in the same cache set. */
@inline
export function blockedStripBytes(rows: i32): usize {
  return <usize>roundUpToEven(rows) * STEP_BYTES + 64;
}

/**
 * Packs columns of float32 rows into strips as [row][4]; an odd number of rows is filled up with zeros. What the last strip lacks
 * is read from behind the row's end.
 *
 * @param a - the first of `rows` entries of the first column, `stride` bytes from row to row
 * @param columns - of them
 * @param strips - receives ceil(columns / 4) strips
 */
export function packBlockedF32(a: usize, rows: i32, stride: usize, columns: i32, strips: usize): void {
  pack<f32>(a, rows, stride, columns, strips);
}

/** The same from float64. */
export function packBlockedF64(a: usize, rows: i32, stride: usize, columns: i32, strips: usize): void {
  pack<f64>(a, rows, stride, columns, strips);
}

@inline
function pack<T>(a: usize, rows: i32, stride: usize, columns: i32, strips: usize): void {
  const bytes = blockedStripBytes(rows);
  for (let j = 0; j < columns; j += 4, a += 4 * sizeof<T>(), strips += bytes) {
    let from = a;
    let to = strips;
    for (let i = 0; i < rows; i++, from += stride, to += STEP_BYTES) {
      v128.store(to, loadFirstPair<T>(from));
      v128.store(to, loadSecondPair<T>(from), 16);
    }
    if (rows & 1) memory.fill(to, 0, STEP_BYTES);
  }
}

/**
 * Packs the transpose of float64 rows: strips of four rows each, as [column][4].
 *
 * @param a - rows x columns, `stride` bytes from row to row
 * @param strips - receives ceil(rows / 4) strips of `columns` steps; what the last one lacks is zeros
 */
export function packBlockedTransposed(a: usize, rows: i32, stride: usize, columns: i32, strips: usize): void {
  const bytes = blockedStripBytes(columns);
  for (let i = 0; i < rows; i += 4, strips += bytes) {
    for (let r = 0; r < 4; r++) {
      let to = strips + r * sizeof<f64>();
      if (i + r < rows) {
        let from = a + <usize>(i + r) * stride;
        for (let j = 0; j < columns; j++, from += sizeof<f64>(), to += STEP_BYTES) store<f64>(to, load<f64>(from));
      } else {
        for (let j = 0; j < columns; j++, to += STEP_BYTES) store<f64>(to, 0);
      }
      if (columns & 1) store<f64>(strips + columns * STEP_BYTES + r * sizeof<f64>(), 0);
    }
  }
}

/**
 * out[i][j] +-= sum over steps of p[step][i] q[step][j] for i in [0, rows) and j in [0, columns).
 *
 * @param p - strips of P, from the one with the first of these rows on
 * @param q - strips of Q, from the one with the first of these columns on; one strip behind the last is read
 * @param steps - of both
 * @param out - the entry (0, 0), rows of `stride` bytes
 * @param sign - 1 or -1
 * @param below - entries with j < i - below may be left as they are, tile by tile: none that is above is; for all, give `rows`
 * @param tile - scratch, blockedTileBytes()
 */
export function addBlockedProduct(
  p: usize,
  rows: i32,
  q: usize,
  columns: i32,
  steps: i32,
  out: usize,
  stride: usize,
  sign: f64,
  below: i32,
  tile: usize,
): void {
  const bytes = blockedStripBytes(steps);
  const even = roundUpToEven(steps);
  const signs = f64x2.splat(sign);
  for (let top = 0; top < rows; top += 4 * GROUP) {
    const bottom = min(top + 4 * GROUP, rows);
    for (let j = 0; j < columns; j += 8) {
      const strip = q + <usize>(j >> 2) * bytes;
      // Rows beyond j + 7 + below have no entry in this pair of strips that is wanted.
      const last = min(bottom, j + 8 + below);
      for (let i = top; i < last; i += 4) {
        const from = p + <usize>(i >> 2) * bytes;
        const to = out + <usize>i * stride + <usize>j * sizeof<f64>();
        if (i + 4 <= rows && j + 8 <= columns) {
          storeBlockedTile(from, strip, bytes, even, tile);
          addTile(tile, to, stride, signs);
        } else {
          addPart(from, strip, bytes, even, min(4, rows - i), min(8, columns - j), to, stride, sign, tile);
        }
      }
    }
  }
}

/** Bytes of scratch of a tile. */
export function blockedTileBytes(): usize {
  return 4 * WIDE_STRIDE;
}

@inline
function addTile(tile: usize, out: usize, stride: usize, signs: v128): void {
  for (let r = 0; r < 4; r++, tile += 64, out += stride) {
    v128.store(out, f64x2.add(v128.load(out), f64x2.mul(signs, v128.load(tile))));
    v128.store(out, f64x2.add(v128.load(out, 16), f64x2.mul(signs, v128.load(tile, 16))), 16);
    v128.store(out, f64x2.add(v128.load(out, 32), f64x2.mul(signs, v128.load(tile, 32))), 32);
    v128.store(out, f64x2.add(v128.load(out, 48), f64x2.mul(signs, v128.load(tile, 48))), 48);
  }
}

/** A tile that is cut off. It is worked out here, so that there are two callers: inlined in the only one, its sums spill. */
function addPart(
  p: usize,
  q: usize,
  next: usize,
  steps: i32,
  rows: i32,
  columns: i32,
  out: usize,
  stride: usize,
  sign: f64,
  tile: usize,
): void {
  storeBlockedTile(p, q, next, steps, tile);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const at = out + <usize>r * stride + c * sizeof<f64>();
      store<f64>(at, load<f64>(at) + sign * load<f64>(tile + (8 * r + c) * sizeof<f64>()));
    }
  }
}
