/**
 * Packing for products: rows in groups of four as [column][4], and factors in strips of columns as [row][width], so that
 * a tile kernel reads both from one end to the other. What a group or strip lacks is filled with zeros.
 */

import { firstLanes32, firstLanes64, highs, lows, roundUpToEven } from './arithmetic';

/** Bytes of one packed group of four rows; U is the type it is packed as. */
@inline
export function groupBytes<U>(d: i32): usize {
  return <usize>roundUpToEven(d) * 4 * sizeof<U>();
}

/**
 * Rows in groups of four; a last group of fewer repeats its first row.
 *
 * @param a - rows x d of type T
 * @param groups - receives ceil(rows / 4) groups of groupBytes<U>(d), and may be written 3 steps beyond
 */
export function packGroups<T, U>(a: usize, rows: i32, d: i32, groups: usize): void {
  const rowBytes = <usize>d * sizeof<T>();
  for (let i = 0; i < rows; i += 4, groups += groupBytes<U>(d)) {
    const row = a + i * rowBytes;
    const second = i + 1 < rows ? row + rowBytes : row;
    const third = i + 2 < rows ? row + 2 * rowBytes : row;
    const fourth = i + 3 < rows ? row + 3 * rowBytes : row;
    if (sizeof<T>() == 8) packGroup64(row, second, third, fourth, d, groups);
    else packGroup32<U>(row, second, third, fourth, d, groups);
  }
}

/** Two columns of four float64 rows a turn. */
@inline
function packGroup64(row0: usize, row1: usize, row2: usize, row3: usize, d: i32, out: usize): void {
  const end = out + <usize>d * 32;
  const lastPair = end - 32;
  const keep = firstLanes64(1);
  while (out < end) {
    let x0 = v128.load(row0);
    let x1 = v128.load(row1);
    let x2 = v128.load(row2);
    let x3 = v128.load(row3);
    if (out == lastPair) {
      x0 = v128.and(x0, keep);
      x1 = v128.and(x1, keep);
      x2 = v128.and(x2, keep);
      x3 = v128.and(x3, keep);
    }
    v128.store(out, lows(x0, x1));
    v128.store(out, lows(x2, x3), 16);
    v128.store(out, highs(x0, x1), 32);
    v128.store(out, highs(x2, x3), 48);
    row0 += 16;
    row1 += 16;
    row2 += 16;
    row3 += 16;
    out += 64;
  }
}

/** Four columns of four float32 rows a turn. */
@inline
function packGroup32<U>(row0: usize, row1: usize, row2: usize, row3: usize, d: i32, out: usize): void {
  const step: usize = 4 * sizeof<U>();
  for (let k = 0; k < d; k += 4) {
    let x0 = v128.load(row0);
    let x1 = v128.load(row1);
    let x2 = v128.load(row2);
    let x3 = v128.load(row3);
    if (k + 4 > d) {
      const keep = firstLanes32(d - k);
      x0 = v128.and(x0, keep);
      x1 = v128.and(x1, keep);
      x2 = v128.and(x2, keep);
      x3 = v128.and(x3, keep);
    }
    const top01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
    const top23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
    const end01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
    const end23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
    storeColumn<U>(out, lows(top01, top23));
    storeColumn<U>(out + step, highs(top01, top23));
    storeColumn<U>(out + 2 * step, lows(end01, end23));
    storeColumn<U>(out + 3 * step, highs(end01, end23));
    row0 += 16;
    row1 += 16;
    row2 += 16;
    row3 += 16;
    out += 4 * step;
  }
}

/** Four float32, stored as four U. */
@inline
function storeColumn<U>(out: usize, x: v128): void {
  if (sizeof<U>() == 4) {
    v128.store(out, x);
  } else {
    v128.store(out, f64x2.promote_low_f32x4(x));
    v128.store(out, f64x2.promote_low_f32x4(highs(x, x)), 16);
  }
}

/**
 * A factor in strips of `width` columns.
 *
 * @param b - d x r float64
 * @param strips - receives ceil(r / width) strips of roundUpToEven(d) steps of `width` values of type U
 */
export function packStrips<U>(b: usize, d: i32, r: i32, width: i32, strips: usize): void {
  const steps = roundUpToEven(d);
  for (let first = 0; first < r; first += width) {
    if (sizeof<U>() == 8 && width == 4 && first + width <= r) {
      let row = b + <usize>first * sizeof<f64>();
      for (let k = 0; k < d; k++, row += <usize>r * sizeof<f64>(), strips += 32) {
        v128.store(strips, v128.load(row));
        v128.store(strips, v128.load(row, 16), 16);
      }
      if (steps > d) {
        v128.store(strips, f64x2.splat(0));
        v128.store(strips, f64x2.splat(0), 16);
        strips += 32;
      }
      continue;
    }
    for (let k = 0; k < steps; k++) {
      for (let j = first; j < first + width; j++, strips += sizeof<U>()) {
        const value = k < d && j < r ? load<f64>(b + (<usize>k * r + j) * sizeof<f64>()) : 0;
        store<U>(strips, <U>value);
      }
    }
  }
}
