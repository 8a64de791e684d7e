/**
 * Screening in float32: twice the speed of float64, for what is decided exactly afterwards.
 *
 * Error: with u = 2^-24 and y = |a_i| |B| (entrywise), the square root of a screened score is within (d + 2) u ||y|| of the
 * true one and then within a factor of 1 +- (r / 8 + 4) u; ||y|| <= ||a_i|| ||B||_F. Likewise a screened product is within
 * (d + 1) u sum |a_ik b_jk| of the true one. Overflow gives Infinity or NaN: pass what is not below a threshold.
 * The wide build takes two strips at a time, as long as there are two.
 */

import { roundUpToEven } from './arithmetic';
import { groupBytes, packGroups, packStrips } from './pack';
import { addSquaresSingle, compareTile, hitsOf, squareTileSingle } from './tile-f32';
import { storeWideTileSingle, TILE_BYTES_SINGLE, WIDE_TILE_BYTES_SINGLE } from './tiles-f32';

/** Rows that are packed at a time. */
const ROWS = 32;

/** Columns of a strip. */
const WIDTH = 8;

/** Pairs that one strip can give: what must be free in the list before it is looked at. */
const MOST_PAIRS = ROWS * WIDTH;

/** Bytes of the hits of one strip: an i32 for each group of four rows. */
const HITS_BYTES: usize = (ROWS / 4) * 4;

@inline
function stripBytes(d: i32): usize {
  return <usize>roundUpToEven(d) * WIDTH * sizeof<f32>();
}

/** Bytes of a d x r factor, or of r rows of d, in strips of float32. */
export function screenBytes(d: i32, r: i32): usize {
  return stripBytes(d) * ((r + WIDTH - 1) / WIDTH);
}

/**
 * Packs a factor for screenScores, rounded to float32.
 *
 * @param b - d x r float64
 * @param factor - receives screenBytes(d, r)
 */
export function packScreenFactor(b: usize, d: i32, r: i32, factor: usize): void {
  packStrips<f32>(b, d, r, WIDTH, factor);
}

/**
 * Packs rows as the right-hand side of screenPairs.
 *
 * @param b - count x d float32
 * @param strips - receives screenBytes(d, count)
 */
export function packScreenRows(b: usize, count: i32, d: i32, strips: usize): void {
  const steps = roundUpToEven(d);
  for (let first = 0; first < count; first += WIDTH) {
    for (let k = 0; k < steps; k++) {
      for (let j = first; j < first + WIDTH; j++, strips += sizeof<f32>()) {
        store<f32>(strips, k < d && j < count ? load<f32>(b + (<usize>j * d + k) * sizeof<f32>()) : 0);
      }
    }
  }
}

/** Bytes of scratch that the screens need. */
export function screenScratchBytes(d: i32): usize {
  const groups = (ROWS / 4) * groupBytes<f32>(d);
  return groups + (WIDE ? WIDE_TILE_BYTES_SINGLE + HITS_BYTES : TILE_BYTES_SINGLE);
}

/**
 * out[i] ~ ||a_i B||^2.
 *
 * @param a - rows x d float32
 * @param factor - B, packed
 * @param upper - 1: B is upper triangular; else 0
 * @param out - rows float64; up to 3 more are overwritten
 * @param scratch - screenScratchBytes(d)
 */
export function screenScores(
  a: usize,
  rows: i32,
  d: i32,
  factor: usize,
  r: i32,
  upper: i32,
  out: usize,
  scratch: usize,
): void {
  const all = roundUpToEven(d);
  const tile = scratch + (ROWS / 4) * groupBytes<f32>(d);
  for (let top = 0; top < rows; top += ROWS) {
    const bottom = min(top + ROWS, rows);
    packGroups<f32, f32>(a + <usize>top * d * sizeof<f32>(), bottom - top, d, scratch);
    memory.fill(out + top * sizeof<f64>(), 0, ((bottom - top + 3) & ~3) * sizeof<f64>());
    let strip = factor;
    let j = 0;
    if (WIDE) {
      for (; j + WIDTH < r; j += 2 * WIDTH, strip += 2 * stripBytes(d)) {
        // The first strip goes as deep as the second: what it has there is zeros.
        const depth = upper ? min(all, j + 2 * WIDTH) : all;
        let group = scratch;
        for (let i = top; i < bottom; i += 4, group += groupBytes<f32>(d)) {
          storeWideTileSingle(group, 16, strip, strip + stripBytes(d), depth, tile);
          addSquaresSingle(tile, out + i * sizeof<f64>());
          addSquaresSingle(tile + TILE_BYTES_SINGLE, out + i * sizeof<f64>());
        }
      }
    }
    for (; j < r; j += WIDTH, strip += stripBytes(d)) {
      const depth = upper ? min(all, j + WIDTH) : all;
      let group = scratch;
      for (let i = top; i < bottom; i += 4, group += groupBytes<f32>(d)) {
        squareTileSingle(group, strip, depth, out + i * sizeof<f64>(), tile);
      }
    }
  }
}

/**
 * Lists the pairs (i, j) with (a_i . b_j)^2 >= thresholds[i], or NaN. Pairs come in the order of 32 rows, then 8 keys, then
 * 4 rows, then rows, then keys.
 *
 * @param a - rows x d float32
 * @param strips - `count` rows b_j, packed by packScreenRows
 * @param thresholds - rows float32; up to 3 more are read
 * @param pairs - receives (i, j), two int32 each
 * @param capacity - pairs that fit, >= 256; the search stops when fewer than that are free
 * @param cursor - int32 [where to go on, pairs listed]; the first is 0 for a new search and -1 when all is done
 */
export function screenPairs(
  a: usize,
  rows: i32,
  d: i32,
  strips: usize,
  count: i32,
  thresholds: usize,
  pairs: usize,
  capacity: i32,
  cursor: usize,
  scratch: usize,
): void {
  const steps = roundUpToEven(d);
  const stripCount = (count + WIDTH - 1) / WIDTH;
  const start = load<i32>(cursor);
  const tile = scratch + (ROWS / 4) * groupBytes<f32>(d);
  const list = pairs;
  const full = pairs + (capacity - MOST_PAIRS) * 8;
  let s = stripCount > 0 ? start % stripCount : 0;
  for (let top = stripCount > 0 ? (start / stripCount) * ROWS : rows; top < rows; top += ROWS, s = 0) {
    const bottom = min(top + ROWS, rows);
    packGroups<f32, f32>(a + <usize>top * d * sizeof<f32>(), bottom - top, d, scratch);
    for (; s < stripCount; s++) {
      if (pairs > full) {
        store<i32>(cursor, (top / ROWS) * stripCount + s);
        store<i32>(cursor, <i32>((pairs - list) >> 3), 4);
        return;
      }
      const strip = strips + s * stripBytes(d);
      let group = scratch;
      // Pairs of both strips must fit: they are listed as if one had been looked at after the other.
      if (WIDE && s + 1 < stripCount && pairs + MOST_PAIRS * 8 <= full) {
        let hits = tile + WIDE_TILE_BYTES_SINGLE;
        for (let i = top; i < bottom; i += 4, group += groupBytes<f32>(d), hits += 4) {
          storeWideTileSingle(group, 16, strip, strip + stripBytes(d), steps, tile);
          const limits = thresholds + i * sizeof<f32>();
          const own = hitsOf(tile, limits);
          if (own) pairs = listPairs(own, i, bottom, s * WIDTH, count, pairs);
          store<i32>(hits, hitsOf(tile + TILE_BYTES_SINGLE, limits));
        }
        s++;
        hits = tile + WIDE_TILE_BYTES_SINGLE;
        for (let i = top; i < bottom; i += 4, hits += 4) {
          const next = load<i32>(hits);
          if (next) pairs = listPairs(next, i, bottom, s * WIDTH, count, pairs);
        }
        continue;
      }
      for (let i = top; i < bottom; i += 4, group += groupBytes<f32>(d)) {
        const hits = compareTile(group, strip, steps, thresholds + i * sizeof<f32>(), tile);
        if (hits) pairs = listPairs(hits, i, bottom, s * WIDTH, count, pairs);
      }
    }
  }
  store<i32>(cursor, -1);
  store<i32>(cursor, <i32>((pairs - list) >> 3), 4);
}

/** Appends the pairs of a tile's hits that lie within the two matrices; returns the new end of the list. */
function listPairs(hits: i32, i: i32, rows: i32, j: i32, count: i32, pairs: usize): usize {
  for (; hits; hits &= hits - 1) {
    const bit = ctz(hits);
    const row = i + (bit >> 3);
    const key = j + (bit & 7);
    if (row >= rows || key >= count) continue;
    store<i32>(pairs, row);
    store<i32>(pairs, key, 4);
    pairs += 8;
  }
  return pairs;
}
