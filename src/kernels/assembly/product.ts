/**
 * Products of rows with a factor B (d x r), in float64: the product itself, or only the squared norms of its rows.
 *
 * 32 rows at a time are packed as float64; then each strip of B passes over their groups of four. The last columns of a
 * strip that is cut short are zeros and add nothing. The wide build takes two strips at a time, as long as there are two.
 */

import { roundUpToEven } from './arithmetic';
import { groupBytes, packGroups, packStrips } from './pack';
import { addSquares, squareTile, TILE_BYTES } from './tile-f64';
import { continueTile, STEP_BYTES, storeTile, storeWideTile, WIDE_STRIDE } from './tiles-f64';

/** Rows that are packed at a time: at d = 128 they fill two thirds of the first-level cache. */
const ROWS = 32;

/** Columns of a strip. */
const WIDTH = 4;

/** Bytes of a d x r factor in strips. */
export function factorBytes(d: i32, r: i32): usize {
  return stripBytes(d) * ((r + WIDTH - 1) / WIDTH);
}

/**
 * Packs a factor for the products below.
 *
 * @param b - d x r float64
 * @param factor - receives factorBytes(d, r)
 */
export function packFactor(b: usize, d: i32, r: i32, factor: usize): void {
  packStrips<f64>(b, d, r, WIDTH, factor);
}

/** Bytes of scratch that the products need. */
export function productScratchBytes(d: i32): usize {
  // The last group may be written 3 steps beyond its end.
  return (ROWS / 4) * groupBytes<f64>(d) + (WIDE ? 4 * WIDE_STRIDE : TILE_BYTES);
}

/**
 * out = A B.
 *
 * @param a - rows x d float32
 * @param factor - B, packed
 * @param upper - 1: B is upper triangular (b[k][j] = 0 for k > j), which halves the work; else 0
 * @param out - rows x r float64
 * @param scratch - productScratchBytes(d)
 */
export function multiplyF32(
  a: usize,
  rows: i32,
  d: i32,
  factor: usize,
  r: i32,
  upper: i32,
  out: usize,
  scratch: usize,
): void {
  multiply<f32>(a, rows, d, factor, r, upper, out, <usize>r * sizeof<f64>(), scratch);
}

/** The same from float64. */
export function multiplyF64(
  a: usize,
  rows: i32,
  d: i32,
  factor: usize,
  r: i32,
  upper: i32,
  out: usize,
  scratch: usize,
): void {
  multiply<f64>(a, rows, d, factor, r, upper, out, <usize>r * sizeof<f64>(), scratch);
}

/**
 * out = A K^T for keys that are packed once for many products: strips of four keys are groups of four rows.
 *
 * @param a - rows x d float32
 * @param keys - packed by packKeysF64
 * @param count - keys
 * @param out - rows of count float64, `stride` bytes apart
 * @param scratch - productScratchBytes(d)
 */
export function multiplyKeysF32(
  a: usize,
  rows: i32,
  d: i32,
  keys: usize,
  count: i32,
  out: usize,
  stride: usize,
  scratch: usize,
): void {
  multiply<f32>(a, rows, d, keys, count, 0, out, stride, scratch);
}

/** The same from float64. */
export function multiplyKeysF64(
  a: usize,
  rows: i32,
  d: i32,
  keys: usize,
  count: i32,
  out: usize,
  stride: usize,
  scratch: usize,
): void {
  multiply<f64>(a, rows, d, keys, count, 0, out, stride, scratch);
}

/** Packs n float64 keys for the two above: groupBytes<f64>(d) for each four. */
export function packKeysF64(keys: usize, n: i32, d: i32, packed: usize): void {
  packGroups<f64, f64>(keys, n, d, packed);
}

/** The same from float32; d is a multiple of four, as more would be written otherwise. */
export function packKeysF32(keys: usize, n: i32, d: i32, packed: usize): void {
  packGroups<f32, f64>(keys, n, d, packed);
}

/**
 * out[i] = ||a_i B||^2.
 *
 * @param a - rows x d float32
 * @param out - rows float64; up to 3 more are overwritten
 */
export function rowScoresF32(
  a: usize,
  rows: i32,
  d: i32,
  factor: usize,
  r: i32,
  upper: i32,
  out: usize,
  scratch: usize,
): void {
  rowScores<f32>(a, rows, d, factor, r, upper, out, scratch);
}

/** The same from float64. */
export function rowScoresF64(
  a: usize,
  rows: i32,
  d: i32,
  factor: usize,
  r: i32,
  upper: i32,
  out: usize,
  scratch: usize,
): void {
  rowScores<f64>(a, rows, d, factor, r, upper, out, scratch);
}

@inline
function stripBytes(d: i32): usize {
  return <usize>roundUpToEven(d) * STEP_BYTES;
}

/** Steps of the strip that begins at column j: an upper triangular B has only zeros below its diagonal. */
@inline
function depthAt(j: i32, d: i32, upper: i32): i32 {
  const all = roundUpToEven(d);
  return upper ? min(all, j + WIDTH) : all;
}

function multiply<T>(
  a: usize,
  rows: i32,
  d: i32,
  factor: usize,
  r: i32,
  upper: i32,
  out: usize,
  stride: usize,
  scratch: usize,
): void {
  const tile = scratch + (ROWS / 4) * groupBytes<f64>(d);
  for (let top = 0; top < rows; top += ROWS) {
    const bottom = min(top + ROWS, rows);
    packGroups<T, f64>(a + <usize>top * d * sizeof<T>(), bottom - top, d, scratch);
    let strip = factor;
    let j = 0;
    if (WIDE) {
      for (; j + 2 * WIDTH <= r; j += 2 * WIDTH, strip += 2 * stripBytes(d)) {
        // The second strip of an upper triangular B goes deeper by itself: 0 added to -0, which underflow may leave in the first, is 0.
        const depth = depthAt(j, d, upper);
        const rest = depthAt(j + WIDTH, d, upper) - depth;
        let group = scratch;
        for (let i = top; i < bottom; i += 4, group += groupBytes<f64>(d)) {
          const to = out + i * stride + j * sizeof<f64>();
          const whole = i + 4 <= bottom;
          const next = strip + stripBytes(d);
          const at = whole ? to : tile;
          const apart = whole ? stride : WIDE_STRIDE;
          storeWideTile(group, strip, next, depth, at, apart);
          if (rest > 0) {
            const done = <usize>depth * STEP_BYTES;
            continueTile(group + done, next + done, rest, at + STEP_BYTES, apart);
          }
          if (whole) continue;
          for (let row = 0; row < bottom - i; row++) memory.copy(to + row * stride, tile + row * WIDE_STRIDE, WIDE_STRIDE);
        }
      }
    }
    for (; j < r; j += WIDTH, strip += stripBytes(d)) {
      const depth = depthAt(j, d, upper);
      let group = scratch;
      for (let i = top; i < bottom; i += 4, group += groupBytes<f64>(d)) {
        const to = out + i * stride + j * sizeof<f64>();
        if (i + 4 <= bottom && j + WIDTH <= r) {
          storeTile(group, strip, depth, to, stride);
        } else {
          storeTile(group, strip, depth, tile, STEP_BYTES);
          for (let row = 0; row < min(4, bottom - i); row++) {
            memory.copy(to + row * stride, tile + row * STEP_BYTES, min(WIDTH, r - j) * sizeof<f64>());
          }
        }
      }
    }
  }
}

function rowScores<T>(
  a: usize,
  rows: i32,
  d: i32,
  factor: usize,
  r: i32,
  upper: i32,
  out: usize,
  scratch: usize,
): void {
  const tile = scratch + (ROWS / 4) * groupBytes<f64>(d);
  for (let top = 0; top < rows; top += ROWS) {
    const bottom = min(top + ROWS, rows);
    packGroups<T, f64>(a + <usize>top * d * sizeof<T>(), bottom - top, d, scratch);
    memory.fill(out + top * sizeof<f64>(), 0, ((bottom - top + 3) & ~3) * sizeof<f64>());
    let strip = factor;
    let j = 0;
    if (WIDE) {
      for (; j + WIDTH < r; j += 2 * WIDTH, strip += 2 * stripBytes(d)) {
        // The first strip goes as deep as the second: what it has there is zeros.
        const depth = depthAt(j + WIDTH, d, upper);
        let group = scratch;
        for (let i = top; i < bottom; i += 4, group += groupBytes<f64>(d)) {
          storeWideTile(group, strip, strip + stripBytes(d), depth, tile, WIDE_STRIDE);
          addSquares(tile, WIDE_STRIDE, out + i * sizeof<f64>());
          addSquares(tile + STEP_BYTES, WIDE_STRIDE, out + i * sizeof<f64>());
        }
      }
    }
    for (; j < r; j += WIDTH, strip += stripBytes(d)) {
      const depth = depthAt(j, d, upper);
      let group = scratch;
      for (let i = top; i < bottom; i += 4, group += groupBytes<f64>(d)) {
        squareTile(group, strip, depth, out + i * sizeof<f64>(), tile);
      }
    }
  }
}
