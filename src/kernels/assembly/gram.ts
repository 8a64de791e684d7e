/**
 * Gram update, gram += A^T A in float64: 256 rows at a time are packed, as float64, into strips of four columns, and
 * every pair of strips gives one 4 x 4 tile. A panel's tile is summed in registers and then added to the matrix.
 */

import { firstLanes64, loadFirstPair, loadSecondPair, roundUpToEven } from './arithmetic';
import { addTile, STEP_BYTES, storeTile, TILE_BYTES } from './tile-f64';

/** Rows of a panel: a strip of it stays in the first-level cache. */
const PANEL = 256;

/** Bytes from strip to strip: 64 more than it holds, so that strips do not all start in the same cache set. */
const STRIP_BYTES: usize = PANEL * STEP_BYTES + 64;

/** Strips that are multiplied with all those before them in one go, 132 KB: they stay in the second-level cache. */
const GROUP = 16;

/** Bytes of scratch that the Gram kernels need for d columns. */
export function gramScratchBytes(d: i32): usize {
  return stripsOf(d) * STRIP_BYTES + TILE_BYTES;
}

/**
 * gram[i][j] += sum over rows of a[row][i] a[row][j], for j >= i; the strict lower triangle is left alone.
 *
 * The products are exact, so that both builds give the same bits.
 *
 * @param a - rows x d float32
 * @param gram - d x d float64
 * @param scratch - gramScratchBytes(d)
 */
export function gramF32(a: usize, rows: i32, d: i32, gram: usize, scratch: usize): void {
  addGram<f32>(a, rows, d, 0, gram, scratch);
}

/**
 * The same from float64 with each column multiplied by a factor first (a power of two, to be exact).
 *
 * @param a - rows x d float64
 * @param factors - d float64
 */
export function gramF64(a: usize, rows: i32, d: i32, factors: usize, gram: usize, scratch: usize): void {
  addGram<f64>(a, rows, d, factors, gram, scratch);
}

@inline
function addGram<T>(a: usize, rows: i32, d: i32, factors: usize, gram: usize, scratch: usize): void {
  const rowBytes = <usize>d * sizeof<T>();
  for (let top = 0; top < rows; top += PANEL) {
    const count = min(PANEL, rows - top);
    packPanel<T>(a + <usize>top * rowBytes, count, d, factors, scratch);
    addPanel(roundUpToEven(count), d, gram, scratch);
  }
}

@inline
function stripsOf(d: i32): i32 {
  return (d + 3) >> 2;
}

/** Columns of A into strips, [row][4] each; the last is filled up with columns of zeros, and so is an odd panel with a row. */
function packPanel<T>(a: usize, rows: i32, d: i32, factors: usize, panel: usize): void {
  const rowBytes = <usize>d * sizeof<T>();
  const strips = stripsOf(d);
  for (let strip = 0; strip < strips; strip++) {
    const width = d - 4 * strip;
    const keepFirst = firstLanes64(width);
    const keepSecond = firstLanes64(width - 2);
    const to = panel + strip * STRIP_BYTES;
    const end = to + <usize>rows * STEP_BYTES;
    let from = a + strip * 4 * sizeof<T>();
    let factorFirst = f64x2.splat(1);
    let factorSecond = factorFirst;
    if (sizeof<T>() == 8) {
      factorFirst = v128.load(factors + strip * STEP_BYTES);
      factorSecond = v128.load(factors + strip * STEP_BYTES, 16);
    }
    for (let at = to; at < end; at += STEP_BYTES, from += rowBytes) {
      let x = loadFirstPair<T>(from);
      let y = loadSecondPair<T>(from);
      if (sizeof<T>() == 8) {
        x = f64x2.mul(x, factorFirst);
        y = f64x2.mul(y, factorSecond);
      }
      v128.store(at, v128.and(x, keepFirst));
      v128.store(at, v128.and(y, keepSecond), 16);
    }
    if (rows & 1) memory.fill(end, 0, STEP_BYTES);
  }
}

/** gram += P^T P for a packed panel P. */
function addPanel(steps: i32, d: i32, gram: usize, panel: usize): void {
  const strips = stripsOf(d);
  for (let first = 0; first < strips; first += GROUP) {
    const last = min(first + GROUP, strips);
    for (let i = 0; i < last; i++) {
      for (let j = max(i, first); j < last; j++) addStripPair(steps, i, j, d, gram, panel);
    }
  }
}

@inline
function addStripPair(steps: i32, i: i32, j: i32, d: i32, gram: usize, panel: usize): void {
  const p = panel + i * STRIP_BYTES;
  const q = panel + j * STRIP_BYTES;
  const stride = <usize>d * sizeof<f64>();
  const out = gram + (<usize>(4 * i) * d + 4 * j) * sizeof<f64>();
  const tile = panel + stripsOf(d) * STRIP_BYTES;
  if (i < j && 4 * j + 4 <= d) {
    addTile(p, q, steps, out, stride, tile);
    return;
  }
  storeTile(p, q, steps, tile, STEP_BYTES);
  addPartOfTile(tile, min(4, d - 4 * i), min(4, d - 4 * j), i == j, out, stride);
}

/** The part of a tile that lies in the matrix and, on the diagonal, not below it. */
function addPartOfTile(tile: usize, rows: i32, columns: i32, diagonal: bool, out: usize, stride: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let c = diagonal ? r : 0; c < columns; c++) {
      const at = out + r * stride + c * sizeof<f64>();
      store<f64>(at, load<f64>(at) + load<f64>(tile + (4 * r + c) * sizeof<f64>()));
    }
  }
}
