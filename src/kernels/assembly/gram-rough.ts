/**
 * The weighted Gram update in float32: rows are multiplied by their roots, rounded and packed 128 at a time, in strips of four
 * columns as [row][4]; a panel's tile of 4 x 8 is summed in registers, and then added to the float64 matrix.
 *
 * The wide build packs strips of eight columns, and takes two for a tile of 4 x 16.
 *
 * Twice as fast as the float64 update, for sums whose error of about 136 u, u = 2^-24, relative to the unit diagonal, is allowed for.
 */

import { highs, roundUpToEven } from './arithmetic';
import { storeTileOfHalves, storeWideTileSingle, TILE_BYTES_SINGLE, WIDE_TILE_BYTES_SINGLE } from './tiles-f32';

/** Rows of a panel: few enough that their sums stay accurate, and enough that adding up tiles costs little. */
const PANEL = 128;

/** Bytes of one packed step of four float32. */
const STEP_BYTES: usize = 16;

/** Bytes from strip to strip: 64 more than it holds, so that strips do not all start in the same cache set. */
const STRIP_BYTES: usize = PANEL * STEP_BYTES + 64;

/** Strips that d columns fill, an even number, as tiles are two strips wide. */
@inline
function stripsOf(d: i32): i32 {
  return ((d + 7) >> 3) << 1;
}

/** The same for strips of eight columns. */
@inline
function wideStripsOf(d: i32): i32 {
  return ((d + 15) >> 4) << 1;
}

const WIDE_STRIP_BYTES: usize = PANEL * 2 * STEP_BYTES + 64;

/** Bytes of scratch that the update needs for d columns. */
export function roughGramScratchBytes(d: i32): usize {
  if (WIDE) return wideStripsOf(d) * WIDE_STRIP_BYTES + WIDE_TILE_BYTES_SINGLE;
  return stripsOf(d) * STRIP_BYTES + TILE_BYTES_SINGLE;
}

/**
 * gram[i][j] += sum over rows of roots[row]^2 a[row][i] a[row][j], for j >= i; the strict lower triangle is left alone.
 *
 * @param a - rows x d float32
 * @param roots - rows float64
 * @param gram - d x d float64
 * @param scratch - roughGramScratchBytes(d)
 */
export function roughGram(a: usize, rows: i32, d: i32, roots: usize, gram: usize, scratch: usize): void {
  if (WIDE) {
    wideRoughGram(a, rows, d, roots, gram, scratch);
    return;
  }
  const strips = stripsOf(d);
  const tile = scratch + strips * STRIP_BYTES;
  for (let top = 0; top < rows; top += PANEL) {
    const count = min(PANEL, rows - top);
    packPanel(a + <usize>top * d * 4, count, d, roots + <usize>top * 8, scratch);
    const steps = roundUpToEven(count);
    for (let i = 0; 4 * i < d; i++) {
      const p = scratch + i * STRIP_BYTES;
      for (let j = i & ~1; j < strips; j += 2) {
        const q = scratch + j * STRIP_BYTES;
        const row = 4 * i;
        const column = 4 * j;
        const out = gram + (<usize>row * d + column) * 8;
        // Called from two places, so that it stays a function of its own: among other code its loop runs at half the speed.
        if (row + 4 <= d && column + 8 <= d && column > row) {
          storeTileOfHalves(p, q, q + STRIP_BYTES, steps, tile);
          addTile(tile, out, <usize>d * 8);
        } else {
          storeTileOfHalves(p, q, q + STRIP_BYTES, steps, tile);
          addPartOfTile(tile, row, column, d, out);
        }
      }
    }
  }
}

@inline
function wideRoughGram(a: usize, rows: i32, d: i32, roots: usize, gram: usize, scratch: usize): void {
  const strips = wideStripsOf(d);
  const tile = scratch + strips * WIDE_STRIP_BYTES;
  for (let top = 0; top < rows; top += PANEL) {
    const count = min(PANEL, rows - top);
    packWidePanel(a + <usize>top * d * 4, count, d, roots + <usize>top * 8, scratch);
    const steps = roundUpToEven(count);
    for (let row = 0; row < d; row += 4) {
      const p = scratch + <usize>(row >> 3) * WIDE_STRIP_BYTES + <usize>(row & 7) * 4;
      for (let strip = (row >> 4) << 1; strip < strips; strip += 2) {
        const q = scratch + <usize>strip * WIDE_STRIP_BYTES;
        storeWideTileSingle(p, 2 * STEP_BYTES, q, q + WIDE_STRIP_BYTES, steps, tile);
        addHalf(tile, row, 8 * strip, d, gram);
        addHalf(tile + TILE_BYTES_SINGLE, row, 8 * strip + 8, d, gram);
      }
    }
  }
}

/** Adds one strip's tile of 4 x 8. */
@inline
function addHalf(tile: usize, row: i32, column: i32, d: i32, gram: usize): void {
  const out = gram + (<usize>row * d + column) * 8;
  if (row + 4 <= d && column + 8 <= d && column > row) addTile(tile, out, <usize>d * 8);
  else addPartOfTile(tile, row, column, d, out);
}

/** As {@link packPanel} does it, in strips of eight columns as [row][8]. */
function packWidePanel(a: usize, rows: i32, d: i32, roots: usize, panel: usize): void {
  const strips = wideStripsOf(d);
  for (let strip = 0; strip < strips; strip++) {
    let from = a + <usize>strip * 32;
    let root = roots;
    let to = panel + <usize>strip * WIDE_STRIP_BYTES;
    if (8 * strip >= d) {
      memory.fill(to, 0, roundUpToEven(rows) * 2 * STEP_BYTES);
      continue;
    }
    for (const end = to + <usize>rows * 2 * STEP_BYTES; to < end; to += 2 * STEP_BYTES, from += <usize>d * 4, root += 8) {
      const factor = f32x4.splat(<f32>load<f64>(root));
      v128.store(to, f32x4.mul(v128.load(from), factor));
      v128.store(to, f32x4.mul(v128.load(from, 16), factor), 16);
    }
    if (rows & 1) memory.fill(to, 0, 2 * STEP_BYTES);
  }
}

/** Rows beyond an even number are zeros; columns that the last strips lack hold what is never looked at. */
function packPanel(a: usize, rows: i32, d: i32, roots: usize, panel: usize): void {
  const strips = stripsOf(d);
  const steps = roundUpToEven(rows);
  for (let strip = 0; strip < strips; strip++) {
    let from = a + strip * 16;
    let root = roots;
    let to = panel + strip * STRIP_BYTES;
    if (4 * strip >= d) {
      memory.fill(to, 0, steps * STEP_BYTES);
      continue;
    }
    for (const end = to + <usize>rows * STEP_BYTES; to < end; to += STEP_BYTES, from += <usize>d * 4, root += 8) {
      v128.store(to, f32x4.mul(v128.load(from), f32x4.splat(<f32>load<f64>(root))));
    }
    if (rows & 1) v128.store(to, f32x4.splat(0));
  }
}

@inline
function addTile(tile: usize, out: usize, stride: usize): void {
  for (const end = tile + TILE_BYTES_SINGLE; tile < end; tile += 32, out += stride) {
    addFour(tile, out);
    addFour(tile + 16, out + 32);
  }
}

@inline
function addFour(from: usize, to: usize): void {
  const x = v128.load(from);
  v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(x)));
  v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(highs(x, x))), 16);
}

/** The part of a tile that lies in the matrix and not below its diagonal. */
function addPartOfTile(tile: usize, row: i32, column: i32, d: i32, out: usize): void {
  for (let r = 0; r < min(4, d - row); r++, out += <usize>d * 8) {
    for (let c = max(0, row + r - column); c < min(8, d - column); c++) {
      const at = out + c * 8;
      store<f64>(at, load<f64>(at) + <f64>load<f32>(tile + (8 * r + c) * 4));
    }
  }
}
