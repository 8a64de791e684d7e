/**
 * Packing for the Gram update together with weighted squared norms of the rows, which are read once, from one end to the other. Strips are
 * those of `panel.ts`, and norms those of `norms.ts` to the last bit.
 */

import { firstLanes64, highs, loadFirstPair, loadSecondPair, lows } from './arithmetic';
import { addSquare } from './norms';
import { STRIP_BYTES, stripsOf } from './panel';
import { STEP_BYTES } from './tiles-f64';

/**
 * @param a - rows x d of type T
 * @param rows - at most those of a panel
 * @param weights - d float64, finite
 * @param out - receives the norms, rows float64
 * @param panel - receives stripsOf(d) strips, STRIP_BYTES apart
 * @returns 0 if every norm is finite, else NaN
 */
export function packWithNorms<T>(a: usize, rows: i32, d: i32, weights: usize, out: usize, panel: usize): f64 {
  const rowBytes = <usize>d * sizeof<T>();
  const whole = d & ~3;
  const keepFirst = firstLanes64(d - whole);
  const keepSecond = firstLanes64(d - whole - 2);
  let poison = f64x2.splat(0);
  let at = panel;
  for (let i = 0; i < rows; i += 2, at += 2 * STEP_BYTES) {
    let p = a + i * rowBytes;
    // The last of an odd number stands for the one behind it, too.
    let q = i + 1 < rows ? p + rowBytes : p;
    let w = weights;
    let to = at;
    let p0 = f64x2.splat(0);
    let p1 = p0;
    let q0 = p0;
    let q1 = p0;
    for (const end = weights + whole * sizeof<f64>(); w < end; w += 32, to += STRIP_BYTES) {
      const u = v128.load(w);
      const v = v128.load(w, 16);
      const x0 = loadFirstPair<T>(p);
      const x1 = loadSecondPair<T>(p);
      const y0 = loadFirstPair<T>(q);
      const y1 = loadSecondPair<T>(q);
      v128.store(to, x0);
      v128.store(to, x1, 16);
      v128.store(to, y0, 32);
      v128.store(to, y1, 48);
      p0 = addSquare(x0, u, p0);
      p1 = addSquare(x1, v, p1);
      q0 = addSquare(y0, u, q0);
      q1 = addSquare(y1, v, q1);
      p += 4 * sizeof<T>();
      q += 4 * sizeof<T>();
    }
    if (whole < d) {
      const u = v128.and(v128.load(w), keepFirst);
      const v = v128.and(v128.load(w, 16), keepSecond);
      const x0 = v128.and(loadFirstPair<T>(p), keepFirst);
      const x1 = v128.and(loadSecondPair<T>(p), keepSecond);
      const y0 = v128.and(loadFirstPair<T>(q), keepFirst);
      const y1 = v128.and(loadSecondPair<T>(q), keepSecond);
      v128.store(to, x0);
      v128.store(to, x1, 16);
      v128.store(to, y0, 32);
      v128.store(to, y1, 48);
      p0 = addSquare(x0, u, p0);
      p1 = addSquare(x1, v, p1);
      q0 = addSquare(y0, u, q0);
      q1 = addSquare(y1, v, q1);
    }
    p0 = f64x2.add(p0, p1);
    q0 = f64x2.add(q0, q1);
    const both = f64x2.add(lows(p0, q0), highs(p0, q0));
    poison = f64x2.add(poison, f64x2.mul(both, f64x2.splat(0)));
    if (i + 1 < rows) v128.store(out + i * sizeof<f64>(), both);
    else store<f64>(out + i * sizeof<f64>(), f64x2.extract_lane(both, 0));
  }
  fillUp(rows, (d + 3) >> 2, stripsOf(d), panel);
  return f64x2.extract_lane(poison, 0) + f64x2.extract_lane(poison, 1);
}

/** Zeros for the row behind an odd number, and for strips that have no columns. */
function fillUp(rows: i32, used: i32, strips: i32, panel: usize): void {
  if (rows & 1) {
    const end = panel + <usize>rows * STEP_BYTES;
    for (let strip = 0; strip < used; strip++) memory.fill(end + strip * STRIP_BYTES, 0, STEP_BYTES);
  }
  for (let strip = used; strip < strips; strip++) memory.fill(panel + strip * STRIP_BYTES, 0, <usize>((rows + 1) & ~1) * STEP_BYTES);
}
