/**
 * Gram update, gram += A^T A in float64: 256 rows at a time are packed, as float64, into strips of four columns, and
 * every pair of strips gives one 4 x 4 tile. A panel's tile is summed in registers and then added to the matrix. In the wide build
 * tiles are two strips wide: `gram-wide.ts`.
 */

import { roundUpToEven } from './arithmetic';
import { addWidePanel, WIDE_TILE_BYTES } from './gram-wide';
import { packPanel, PANEL, STRIP_BYTES, stripsOf } from './panel';
import { packWithNorms } from './panel-norms';
import { addTile, TILE_BYTES } from './tile-f64';
import { STEP_BYTES, storeDiagonalTile, storeTile } from './tiles-f64';

/** Strips that are multiplied with all those before them in one go, 132 KB: they stay in the second-level cache. */
const GROUP = 16;

/** Bytes of scratch that the Gram kernels need for d columns. */
export function gramScratchBytes(d: i32): usize {
  return stripsOf(d) * STRIP_BYTES + (WIDE ? WIDE_TILE_BYTES : TILE_BYTES);
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
  addGram<f32>(a, rows, d, 0, 0, gram, scratch);
}

/**
 * The same from float64 with each column multiplied by a factor first (a power of two, to be exact).
 *
 * @param a - rows x d float64
 * @param factors - d float64
 */
export function gramF64(a: usize, rows: i32, d: i32, factors: usize, gram: usize, scratch: usize): void {
  addGram<f64>(a, rows, d, factors, 0, gram, scratch);
}

/**
 * {@link gramF32}, and weighted squared norms of the rows, as `rowNormsF32` gives them.
 *
 * @param weights - d float64, finite
 * @param norms - receives rows float64
 * @returns 1 if every norm is finite, else 0, and then the sums mean nothing
 */
export function gramAndNormsF32(
  a: usize,
  rows: i32,
  d: i32,
  weights: usize,
  norms: usize,
  gram: usize,
  scratch: usize,
): i32 {
  return addGramAndNorms<f32>(a, rows, d, weights, norms, gram, scratch);
}

/** The same from float64. */
export function gramAndNormsF64(
  a: usize,
  rows: i32,
  d: i32,
  weights: usize,
  norms: usize,
  gram: usize,
  scratch: usize,
): i32 {
  return addGramAndNorms<f64>(a, rows, d, weights, norms, gram, scratch);
}

/**
 * gram[i][j] += sum over rows of roots[row]^2 a[row][i] a[row][j], for j >= i.
 *
 * @param a - rows x d float32
 * @param roots - rows float64
 * @param gram - d x d float64
 * @param scratch - gramScratchBytes(d)
 */
export function weightedGramF32(a: usize, rows: i32, d: i32, roots: usize, gram: usize, scratch: usize): void {
  addGram<f32>(a, rows, d, 0, roots, gram, scratch);
}

/**
 * The same from float64.
 *
 * @param ones - d float64, 1
 */
export function weightedGramF64(
  a: usize,
  rows: i32,
  d: i32,
  ones: usize,
  roots: usize,
  gram: usize,
  scratch: usize,
): void {
  addGram<f64>(a, rows, d, ones, roots, gram, scratch);
}

@inline
function addGram<T>(
  a: usize,
  rows: i32,
  d: i32,
  factors: usize,
  roots: usize,
  gram: usize,
  scratch: usize,
): void {
  const rowBytes = <usize>d * sizeof<T>();
  for (let top = 0; top < rows; top += PANEL) {
    const count = min(PANEL, rows - top);
    const panelRoots = roots ? roots + <usize>top * sizeof<f64>() : 0;
    packPanel<T>(a + <usize>top * rowBytes, count, d, factors, panelRoots, scratch);
    addPacked(count, d, gram, scratch);
  }
}

@inline
function addGramAndNorms<T>(
  a: usize,
  rows: i32,
  d: i32,
  weights: usize,
  norms: usize,
  gram: usize,
  scratch: usize,
): i32 {
  const rowBytes = <usize>d * sizeof<T>();
  let poison: f64 = 0;
  for (let top = 0; top < rows; top += PANEL, norms += PANEL * sizeof<f64>()) {
    const count = min(PANEL, rows - top);
    poison += packWithNorms<T>(a + <usize>top * rowBytes, count, d, weights, norms, scratch);
    addPacked(count, d, gram, scratch);
  }
  return i32(poison == 0);
}

@inline
function addPacked(rows: i32, d: i32, gram: usize, panel: usize): void {
  if (WIDE) addWidePanel(roundUpToEven(rows), d, gram, panel);
  else addPanel(roundUpToEven(rows), d, gram, panel);
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
  if (i == j) storeDiagonalTile(p, steps, tile, STEP_BYTES);
  else storeTile(p, q, steps, tile, STEP_BYTES);
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
