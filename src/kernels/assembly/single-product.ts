/**
 * Products C = A B of small float32 matrices that lie where they are: A by any strides, so that it may be transposed, B and C by
 * rows. Nothing is packed: rows of B and C are padded to eight columns, and rows of A and C to four.
 *
 * The tile is that of `tiles/f32.js`: 8 sums of four lanes, 2 vectors of B, 1 broadcast of A. Every entry is one running sum
 * over the steps in order.
 */

import { multiplyAddSingle } from './arithmetic';

/**
 * c = the 4 x 8 tile, or c += it.
 *
 * @param a - element (row, step) is at a + row * aRow + step * aStep
 * @param b - element (step, column) is at b + step * bRow + column * 4
 */
@inline
function tile(
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  steps: i32,
  c: usize,
  cRow: usize,
  add: bool,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  const second = c + cRow;
  const third = second + cRow;
  const fourth = third + cRow;
  if (add) {
    a0 = v128.load(c);
    a1 = v128.load(c, 16);
    b0 = v128.load(second);
    b1 = v128.load(second, 16);
    c0 = v128.load(third);
    c1 = v128.load(third, 16);
    d0 = v128.load(fourth);
    d1 = v128.load(fourth, 16);
  }
  let p = a;
  let q = a + aRow;
  let r = q + aRow;
  let s = r + aRow;
  for (const end = b + <usize>steps * bRow; b < end; b += bRow) {
    const x = v128.load(b);
    const y = v128.load(b, 16);
    let t = v128.load32_splat(p);
    a0 = multiplyAddSingle(t, x, a0);
    a1 = multiplyAddSingle(t, y, a1);
    t = v128.load32_splat(q);
    b0 = multiplyAddSingle(t, x, b0);
    b1 = multiplyAddSingle(t, y, b1);
    t = v128.load32_splat(r);
    c0 = multiplyAddSingle(t, x, c0);
    c1 = multiplyAddSingle(t, y, c1);
    t = v128.load32_splat(s);
    d0 = multiplyAddSingle(t, x, d0);
    d1 = multiplyAddSingle(t, y, d1);
    p += aStep;
    q += aStep;
    r += aStep;
    s += aStep;
  }
  v128.store(c, a0);
  v128.store(c, a1, 16);
  v128.store(second, b0);
  v128.store(second, b1, 16);
  v128.store(third, c0);
  v128.store(third, c1, 16);
  v128.store(fourth, d0);
  v128.store(fourth, d1, 16);
}

/** Columns in whole vectors of eight. */
@inline
export function padded(columns: i32): i32 {
  return (columns + 7) & ~7;
}

/** Rows in whole groups of four. */
@inline
export function grouped(rows: i32): i32 {
  return (rows + 3) & ~3;
}

@inline
function multiply(
  a: usize,
  aRow: usize,
  aStep: usize,
  rows: i32,
  b: usize,
  bRow: usize,
  steps: i32,
  columns: i32,
  c: usize,
  cRow: usize,
  add: bool,
): void {
  for (let j: usize = 0, end = <usize>columns * 4; j < end; j += 32) {
    let group = a;
    let to = c + j;
    for (let i = 0; i < rows; i += 4, group += 4 * aRow, to += 4 * cRow) {
      tile(group, aRow, aStep, b + j, bRow, steps, to, cRow, add);
    }
  }
}

/**
 * C = A B.
 *
 * @param a - rows x steps: element (i, t) at a + i * aRow + t * aStep, strides in bytes
 * @param rows - a multiple of four
 * @param b - steps x columns: row t at b + t * bRow
 * @param columns - a multiple of eight
 * @param c - rows x columns: row i at c + i * cRow
 */
export function product(
  a: usize, aRow: usize, aStep: usize, rows: i32, b: usize, bRow: usize, steps: i32, columns: i32, c: usize, cRow: usize,
): void {
  multiply(a, aRow, aStep, rows, b, bRow, steps, columns, c, cRow, false);
}

/** C += A B. */
export function addProduct(
  a: usize, aRow: usize, aStep: usize, rows: i32, b: usize, bRow: usize, steps: i32, columns: i32, c: usize, cRow: usize,
): void {
  multiply(a, aRow, aStep, rows, b, bRow, steps, columns, c, cRow, true);
}
