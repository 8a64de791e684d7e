/**
 * Sums of squares by column, four columns at a time down a panel of rows that stays in the first-level cache: 4 sums of
 * two lanes, 4 temporaries; two rows in turn, to hide the latency of the additions.
 */

import { loadFirstPair, loadSecondPair, multiplyAdd } from './arithmetic';

/** Bytes of the rows that are looked at together. */
const PANEL_BYTES = 16384;

/**
 * sums[j] += sum over i of a[i][j]^2.
 *
 * @param a - rows x d float32
 * @param sums - d float64
 */
export function columnSquaresF32(a: usize, rows: i32, d: i32, sums: usize): void {
  columnSquares<f32>(a, rows, d, sums);
}

/** The same from float64. */
export function columnSquaresF64(a: usize, rows: i32, d: i32, sums: usize): void {
  columnSquares<f64>(a, rows, d, sums);
}

@inline
function columnSquares<T>(a: usize, rows: i32, d: i32, sums: usize): void {
  const rowBytes = <usize>d * sizeof<T>();
  const panel = max(2, (PANEL_BYTES / <i32>rowBytes) & ~1);
  for (let top = 0; top < rows; top += panel) {
    const from = a + top * rowBytes;
    const count = min(panel, rows - top);
    const pairs = from + (count & ~1) * rowBytes;
    const end = from + count * rowBytes;
    for (let j = 0; j < d; j += 4) {
      const offset = j * sizeof<T>();
      let s0 = f64x2.splat(0);
      let s1 = s0;
      let t0 = s0;
      let t1 = s0;
      let row = from + offset;
      for (; row < pairs; row += 2 * rowBytes) {
        const x0 = loadFirstPair<T>(row);
        const x1 = loadSecondPair<T>(row);
        const y0 = loadFirstPair<T>(row + rowBytes);
        const y1 = loadSecondPair<T>(row + rowBytes);
        s0 = multiplyAdd(x0, x0, s0);
        s1 = multiplyAdd(x1, x1, s1);
        t0 = multiplyAdd(y0, y0, t0);
        t1 = multiplyAdd(y1, y1, t1);
      }
      if (row < end) {
        const x0 = loadFirstPair<T>(row);
        const x1 = loadSecondPair<T>(row);
        s0 = multiplyAdd(x0, x0, s0);
        s1 = multiplyAdd(x1, x1, s1);
      }
      addLanes(f64x2.add(s0, t0), sums + j * sizeof<f64>(), d - j);
      addLanes(f64x2.add(s1, t1), sums + (j + 2) * sizeof<f64>(), d - j - 2);
    }
  }
}

/** Adds the first `count` lanes, at most two, to the numbers at `to`. */
@inline
function addLanes(x: v128, to: usize, count: i32): void {
  if (count > 0) store<f64>(to, load<f64>(to) + f64x2.extract_lane(x, 0));
  if (count > 1) store<f64>(to, load<f64>(to, 8) + f64x2.extract_lane(x, 1), 8);
}
