/** Softmax of rows of float32 logits in base 2, and its gradient, in place; rows are padded to whole vectors. */

import { exp2 } from './exp2';
import { multiplyAddSingle } from './arithmetic';

/** Below every logit, and finite. */
const NEVER: f32 = -1e30;

/** The sum of four lanes. */
@inline
function sumLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

@inline
function maxLanes(x: v128): f32 {
  return max(
    max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    max(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
}

/**
 * x[i][j] = 2^(x[i][j] - largest_i), not yet divided by their sum.
 *
 * @param x - rows x width float32, of which `count` columns are logits; the others become next to nothing
 * @param stats - for each row its largest logit and 1 / sum, two float32
 */
export function exponentials(x: usize, rows: i32, count: i32, width: i32, stats: usize): void {
  const bytes = <usize>width * 4;
  for (let i = 0; i < rows; i++, stats += 8) {
    for (let j = count; j < width; j++) store<f32>(x + <usize>j * 4, NEVER);
    const end = x + bytes;
    let most = v128.load(x);
    for (let at = x + 16; at < end; at += 16) most = f32x4.pmax(most, v128.load(at));
    const largest = maxLanes(most);
    const base = f32x4.splat(largest);
    let sum = f32x4.splat(0);
    for (; x < end; x += 16) {
      const y = exp2(f32x4.sub(v128.load(x), base));
      v128.store(x, y);
      sum = f32x4.add(sum, y);
    }
    store<f32>(stats, largest);
    store<f32>(stats, 1 / sumLanes(sum), 4);
  }
}

/** x[i][j] = 2^(x[i][j] - largest_i) / sum_i, from what `exponentials` found. */
export function weights(x: usize, rows: i32, count: i32, width: i32, stats: usize): void {
  const bytes = <usize>width * 4;
  for (let i = 0; i < rows; i++, stats += 8) {
    for (let j = count; j < width; j++) store<f32>(x + <usize>j * 4, NEVER);
    const base = f32x4.splat(load<f32>(stats));
    const factor = f32x4.splat(load<f32>(stats, 4));
    for (const end = x + bytes; x < end; x += 16) {
      v128.store(x, f32x4.mul(exp2(f32x4.sub(v128.load(x), base)), factor));
    }
  }
}

/**
 * The gradient with respect to logits from that with respect to the weights p: g[j] = scale p[j] (g[j] - sum_l p[l] g[l]).
 *
 * @param p - rows x width
 * @param g - rows x width
 */
export function softmaxGradient(p: usize, g: usize, rows: i32, width: i32, scale: f32): void {
  const bytes = <usize>width * 4;
  const scales = f32x4.splat(scale);
  for (let i = 0; i < rows; i++) {
    let sum = f32x4.splat(0);
    for (let j: usize = 0; j < bytes; j += 16) sum = multiplyAddSingle(v128.load(p + j), v128.load(g + j), sum);
    const mean = f32x4.splat(sumLanes(sum));
    for (const end = p + bytes; p < end; p += 16, g += 16) {
      v128.store(g, f32x4.mul(f32x4.mul(v128.load(p), scales), f32x4.sub(v128.load(g), mean)));
    }
  }
}
