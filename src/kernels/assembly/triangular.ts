/**
 * Cholesky factors and inverses of triangular matrices, d x d float64, row-major. The same bytes in all builds, and as from plain loops: each entry is worked out
 * by the same operations in the same order, and every product is rounded before it is added or subtracted.
 *
 * Columns are cut into strips of four, as [row][4], so that four rows of a strip are a tile of 128 bytes, and the rows of R above it are packed for the
 * next tiles without being moved.
 */

import { STEP_BYTES, storeRowSums, subtractTile } from './tiles-f64';

/** Bytes of a tile: four rows of a strip. */
const TILE_BYTES: usize = 4 * STEP_BYTES;

/** Bytes from strip to strip: 64 more than it holds, so that strips do not all start in the same cache set. */
@inline
function stripBytes(d: i32): usize {
  return <usize>((d + 3) >> 2) * TILE_BYTES + 64;
}

/** Bytes of scratch for d columns. */
export function choleskyScratchBytes(d: i32): usize {
  return <usize>((d + 3) >> 2) * stripBytes(d);
}

/**
 * The upper triangular r with r^T r = g + shift I.
 *
 * @param g - upper triangle is read
 * @param r - receives the factor, with zeros below the diagonal; 0: only whether there is one is of interest
 * @param scratch - choleskyScratchBytes(d)
 * @returns 1, or 0 where g + shift I is not positive definite in float64
 */
export function choleskyUpper(g: usize, d: i32, shift: f64, r: usize, scratch: usize): i32 {
  const strips = (d + 3) >> 2;
  const bytes = stripBytes(d);
  packUpper(g, d, scratch);
  for (let i = 0; i < strips; i++) {
    const p = scratch + <usize>i * bytes;
    const offset = <usize>i * TILE_BYTES;
    const diagonal = p + offset;
    subtractTile(p, p, 4 * i, diagonal);
    if (factorTile(diagonal, min(4, d - 4 * i), shift) == 0) return 0;
    for (let j = i + 1; j < strips; j++) {
      const q = scratch + <usize>j * bytes;
      subtractTile(p, q, 4 * i, q + offset);
      solveTile(diagonal, q + offset);
    }
  }
  if (r) unpackUpper(scratch, d, r);
  return 1;
}

/** The upper triangle in strips; what lies below it in a tile is anything, beyond the last column or row zeros. */
function packUpper(g: usize, d: i32, to: usize): void {
  const bytes = stripBytes(d);
  for (let column = 0; column < d; column += 4, to += bytes) {
    const width = min(4, d - column);
    let from = g + <usize>column * 8;
    let at = to;
    for (const end = to + <usize>(column + width) * STEP_BYTES; at < end; at += STEP_BYTES, from += <usize>d * 8) {
      if (width == 4) {
        v128.store(at, v128.load(from));
        v128.store(at, v128.load(from, 16), 16);
      } else {
        for (let c = 0; c < 4; c++) store<f64>(at + c * 8, c < width ? load<f64>(from + c * 8) : 0);
      }
    }
    if (width < 4) memory.fill(at, 0, <usize>(4 - width) * STEP_BYTES);
  }
}

/** R as rows. */
function unpackUpper(strips: usize, d: i32, r: usize): void {
  const bytes = stripBytes(d);
  for (let i = 0; i < d; i++, r += <usize>d * 8) {
    memory.fill(r, 0, <usize>i * 8);
    let j = i;
    for (; (j & 3) != 0 && j < d; j++) store<f64>(r + j * 8, load<f64>(placeOf(strips, bytes, i, j)));
    for (; j + 4 <= d; j += 4) {
      const from = placeOf(strips, bytes, i, j);
      v128.store(r + j * 8, v128.load(from));
      v128.store(r + j * 8, v128.load(from, 16), 16);
    }
    for (; j < d; j++) store<f64>(r + j * 8, load<f64>(placeOf(strips, bytes, i, j)));
  }
}

@inline
function placeOf(strips: usize, bytes: usize, i: i32, j: i32): usize {
  return strips + <usize>(j >> 2) * bytes + <usize>i * STEP_BYTES + <usize>(j & 3) * 8;
}

/** The factor of a tile on the diagonal, in place; `size` of its rows are in the matrix. */
function factorTile(tile: usize, size: i32, shift: f64): i32 {
  for (let k = 0; k < size; k++) {
    const row = tile + <usize>k * STEP_BYTES;
    const pivot = load<f64>(row + k * 8) + shift;
    if (!(pivot > 0)) return 0;
    const root = Math.sqrt(pivot);
    store<f64>(row + k * 8, root);
    for (let j = k + 1; j < 4; j++) store<f64>(row + j * 8, load<f64>(row + j * 8) / root);
    for (let i = k + 1; i < 4; i++) {
      const factor = load<f64>(row + i * 8);
      const target = tile + <usize>i * STEP_BYTES;
      for (let j = i; j < 4; j++) store<f64>(target + j * 8, load<f64>(target + j * 8) - factor * load<f64>(row + j * 8));
    }
  }
  return 1;
}

/** Four rows of R in a strip: t^-T times the tile, t the factor on the diagonal. */
function solveTile(t: usize, tile: usize): void {
  solveColumns(t, tile);
  solveColumns(t, tile + 16);
}

/** The same of two columns. */
@inline
function solveColumns(t: usize, tile: usize): void {
  const a = f64x2.div(v128.load(tile), v128.load64_splat(t));
  let b = f64x2.sub(v128.load(tile, 32), f64x2.mul(v128.load64_splat(t, 8), a));
  b = f64x2.div(b, v128.load64_splat(t, 40));
  let c = f64x2.sub(v128.load(tile, 64), f64x2.mul(v128.load64_splat(t, 16), a));
  c = f64x2.sub(c, f64x2.mul(v128.load64_splat(t, 48), b));
  c = f64x2.div(c, v128.load64_splat(t, 80));
  let e = f64x2.sub(v128.load(tile, 96), f64x2.mul(v128.load64_splat(t, 24), a));
  e = f64x2.sub(e, f64x2.mul(v128.load64_splat(t, 56), b));
  e = f64x2.sub(e, f64x2.mul(v128.load64_splat(t, 88), c));
  e = f64x2.div(e, v128.load64_splat(t, 120));
  v128.store(tile, a);
  v128.store(tile, b, 32);
  v128.store(tile, c, 64);
  v128.store(tile, e, 96);
}

/** Columns of an inverse that are worked out in one go. */
const COLUMNS = 16;

/** Bytes of scratch for d columns. */
export function invertUpperScratchBytes(d: i32): usize {
  return <usize>d * COLUMNS * 8;
}

/**
 * The inverse of an upper triangular matrix with a nonzero diagonal, where no number overflows.
 *
 * @param inverse - receives the inverse, with zeros below the diagonal; not r itself
 * @param scratch - invertUpperScratchBytes(d)
 */
export function invertUpper(r: usize, d: i32, inverse: usize, scratch: usize): void {
  const stride = <usize>d * 8;
  for (let first = 0; first < d; first += COLUMNS) {
    const width = min(COLUMNS, d - first);
    const last = first + width - 1;
    // A row depends on those below it, the next one first.
    for (let i = last; i >= 0; i--) {
      const diagonal = r + <usize>i * stride + <usize>i * 8;
      const pivot = 1 / load<f64>(diagonal);
      const row = scratch + <usize>i * COLUMNS * 8;
      storeRowSums(diagonal + 8, -pivot, row + COLUMNS * 8, last - i, row);
      if (i >= first) store<f64>(row + (i - first) * 8, pivot);
      memory.copy(inverse + <usize>i * stride + <usize>first * 8, row, <usize>width * 8);
    }
    for (let i = last + 1; i < d; i++) memory.fill(inverse + <usize>i * stride + <usize>first * 8, 0, <usize>width * 8);
  }
}

/** to += from, upper triangles; what lies below is left alone. */
export function addUpper(from: usize, d: i32, to: usize): void {
  for (let i = 0; i < d; i++, from += <usize>d * 8, to += <usize>d * 8) {
    let j = i;
    for (; j < d && (j & 3) != 0; j++) store<f64>(to + j * 8, load<f64>(to + j * 8) + load<f64>(from + j * 8));
    for (; j + 4 <= d; j += 4) {
      const at = to + j * 8;
      v128.store(at, f64x2.add(v128.load(at), v128.load(from + j * 8)));
      v128.store(at, f64x2.add(v128.load(at, 16), v128.load(from + j * 8, 16)), 16);
    }
    for (; j < d; j++) store<f64>(to + j * 8, load<f64>(to + j * 8) + load<f64>(from + j * 8));
  }
}

/**
 * out[i][j] = a[i][j] rows[i] columns[j] for j >= i, multiplied in this order, and 0 below; `out` may be a.
 *
 * @param rows - d
 * @param columns - d
 */
export function scaleUpper(a: usize, d: i32, rows: usize, columns: usize, out: usize): void {
  for (let i = 0; i < d; i++, a += <usize>d * 8, out += <usize>d * 8) {
    const scale = load<f64>(rows + i * 8);
    const scales = f64x2.splat(scale);
    memory.fill(out, 0, <usize>i * 8);
    let j = i;
    if (j & 1) {
      store<f64>(out + j * 8, load<f64>(a + j * 8) * scale * load<f64>(columns + j * 8));
      j++;
    }
    for (; j + 2 <= d; j += 2) {
      const scaled = f64x2.mul(f64x2.mul(v128.load(a + j * 8), scales), v128.load(columns + j * 8));
      v128.store(out + j * 8, scaled);
    }
    if (j < d) store<f64>(out + j * 8, load<f64>(a + j * 8) * scale * load<f64>(columns + j * 8));
  }
}
