/**
 * A look over a block: the largest |entry| of each column, and whether every entry is finite.
 *
 * A few rows at a time, so that they stay in the first-level cache, go through one vector of columns after the other:
 * sizes are compared as the integers of their bits, in which NaN and the infinities come out on top.
 */

import { firstLanes32, firstLanes64 } from './arithmetic';

/** Bytes of the rows that are looked at together. */
const PANEL_BYTES = 16384;

/** Bytes of scratch that the scans need. */
export function scanScratchBytes(d: i32): usize {
  return <usize>d * sizeof<f64>() + 32;
}

/**
 * Raises peaks[j] to the largest |a[i][j]| if every entry is finite, else changes nothing.
 *
 * @param a - rows x d float32
 * @param peaks - d float64, >= 0
 * @param scratch - scanScratchBytes(d)
 * @returns 1 if every entry is finite, else 0
 */
export function scanF32(a: usize, rows: i32, d: i32, peaks: usize, scratch: usize): i32 {
  return scan<f32>(a, rows, d, peaks, scratch);
}

/** The same for float64. */
export function scanF64(a: usize, rows: i32, d: i32, peaks: usize, scratch: usize): i32 {
  return scan<f64>(a, rows, d, peaks, scratch);
}

@inline
function scan<T>(a: usize, rows: i32, d: i32, peaks: usize, scratch: usize): i32 {
  const lanes: i32 = 16 / sizeof<T>();
  const rowBytes = <usize>d * sizeof<T>();
  const panel = max(1, PANEL_BYTES / <i32>rowBytes);
  memory.fill(scratch, 0, scanScratchBytes(d));
  let highest = i32x4.splat(0);
  for (let top = 0; top < rows; top += panel) {
    const from = a + top * rowBytes;
    const end = from + min(panel, rows - top) * rowBytes;
    for (let j = 0; j < d; j += lanes) {
      const at = scratch + j * sizeof<T>();
      let found = v128.load(at);
      const size = sizeMask<T>(d - j);
      for (let row = from + j * sizeof<T>(); row < end; row += rowBytes) {
        const x = v128.and(v128.load(row), size);
        if (sizeof<T>() == 4) {
          found = i32x4.max_s(found, x);
        } else {
          found = f64x2.pmax(found, x);
          highest = i32x4.max_s(highest, x);
        }
      }
      if (sizeof<T>() == 4) highest = i32x4.max_s(highest, found);
      v128.store(at, found);
    }
  }
  if (!allFinite<T>(highest)) return 0;
  for (let j = 0; j < d; j++) {
    const at = peaks + j * sizeof<f64>();
    const found = <f64>load<T>(scratch + j * sizeof<T>());
    if (found > load<f64>(at)) store<f64>(at, found);
  }
  return 1;
}

/** All bits but the sign, in the first `count` lanes. */
@inline
function sizeMask<T>(count: i32): v128 {
  if (sizeof<T>() == 4) return v128.and(i32x4.splat(0x7fffffff), firstLanes32(count));
  return v128.and(i64x2.splat(0x7fffffffffffffff), firstLanes64(count));
}

/** Whether the highest bit patterns seen, by 32-bit lane, are all of finite numbers. */
@inline
function allFinite<T>(highest: v128): bool {
  if (sizeof<T>() == 4) return i32x4.all_true(i32x4.lt_s(highest, i32x4.splat(0x7f800000)));
  // The lower halves hold any bits and say nothing.
  return i32x4.extract_lane(highest, 1) < 0x7ff00000 && i32x4.extract_lane(highest, 3) < 0x7ff00000;
}
