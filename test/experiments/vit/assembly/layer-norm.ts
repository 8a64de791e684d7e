/** Layer normalisation of rows, whose length is a multiple of four, and its gradient. */

/** Added to variances. */
const EPS: f32 = 1e-5;

@inline
function sumLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/**
 * out = gain (x - mean) / deviation + bias, row by row.
 *
 * @param stats - rows x 2: mean and 1 / deviation
 */
export function normalize(x: usize, rows: i32, d: i32, gain: usize, bias: usize, out: usize, stats: usize): void {
  const bytes = <usize>d * 4;
  for (let i = 0; i < rows; i++, x += bytes, out += bytes, stats += 8) {
    let sum = f32x4.splat(0);
    for (let j: usize = 0; j < bytes; j += 16) sum = f32x4.add(sum, v128.load(x + j));
    const mean = sumLanes(sum) / <f32>d;
    const means = f32x4.splat(mean);
    let squares = f32x4.splat(0);
    for (let j: usize = 0; j < bytes; j += 16) {
      const y = f32x4.sub(v128.load(x + j), means);
      squares = f32x4.add(squares, f32x4.mul(y, y));
    }
    const factor: f32 = 1 / Mathf.sqrt(sumLanes(squares) / <f32>d + EPS);
    const factors = f32x4.splat(factor);
    for (let j: usize = 0; j < bytes; j += 16) {
      const y = f32x4.mul(f32x4.sub(v128.load(x + j), means), factors);
      v128.store(out + j, f32x4.add(f32x4.mul(y, v128.load(gain + j)), v128.load(bias + j)));
    }
    store<f32>(stats, mean);
    store<f32>(stats, factor, 4);
  }
}

/**
 * Gradients from that of the output, g: xGradient += that of x; gainGradient and biasGradient += those of gain and bias.
 */
export function normalizeBackward(
  x: usize,
  rows: i32,
  d: i32,
  gain: usize,
  stats: usize,
  g: usize,
  xGradient: usize,
  gainGradient: usize,
  biasGradient: usize,
): void {
  const bytes = <usize>d * 4;
  for (let i = 0; i < rows; i++, x += bytes, g += bytes, xGradient += bytes, stats += 8) {
    const means = f32x4.splat(load<f32>(stats));
    const factors = f32x4.splat(load<f32>(stats, 4));
    let sum = f32x4.splat(0);
    let products = f32x4.splat(0);
    for (let j: usize = 0; j < bytes; j += 16) {
      const y = f32x4.mul(f32x4.sub(v128.load(x + j), means), factors);
      const slope = v128.load(g + j);
      v128.store(gainGradient + j, f32x4.add(v128.load(gainGradient + j), f32x4.mul(slope, y)));
      v128.store(biasGradient + j, f32x4.add(v128.load(biasGradient + j), slope));
      const inner = f32x4.mul(slope, v128.load(gain + j));
      sum = f32x4.add(sum, inner);
      products = f32x4.add(products, f32x4.mul(inner, y));
    }
    const mean = f32x4.splat(sumLanes(sum) / <f32>d);
    const slopeOfScale = f32x4.splat(sumLanes(products) / <f32>d);
    for (let j: usize = 0; j < bytes; j += 16) {
      const y = f32x4.mul(f32x4.sub(v128.load(x + j), means), factors);
      const inner = f32x4.sub(f32x4.mul(v128.load(g + j), v128.load(gain + j)), mean);
      const slope = f32x4.mul(f32x4.sub(inner, f32x4.mul(y, slopeOfScale)), factors);
      v128.store(xGradient + j, f32x4.add(v128.load(xGradient + j), slope));
    }
  }
}
