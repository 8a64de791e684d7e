/** Sums and updates element by element; counts are multiples of four. */

/** to += x. */
export function add(x: usize, count: i32, to: usize): void {
  for (const end = x + <usize>count * 4; x < end; x += 16, to += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(x)));
  }
}

/** to[r][j] += x[j], for r < times. */
export function addRepeated(x: usize, count: i32, times: i32, to: usize): void {
  for (let r = 0; r < times; r++, to += <usize>count * 4) add(x, count, to);
}

/** sums[j] += the sum of column j. */
export function sumRows(x: usize, rows: i32, d: i32, sums: usize): void {
  for (let i = 0; i < rows; i++, x += <usize>d * 4) add(x, d, sums);
}

/** g[j] = 0 where x[j] is not positive. */
export function maskPositive(x: usize, count: i32, g: usize): void {
  const zero = f32x4.splat(0);
  for (const end = x + <usize>count * 4; x < end; x += 16, g += 16) {
    v128.store(g, v128.and(v128.load(g), f32x4.gt(v128.load(x), zero)));
  }
}

/**
 * A step of AdamW (Loshchilov and Hutter 2019), with beta 0.9 and 0.999 and epsilon 1e-8.
 *
 * @param rate - the learning rate, with what corrects the first moment: rate / (1 - 0.9^t)
 * @param second - 1 / (1 - 0.999^t)
 * @param decay - what parameters are multiplied by: 1 - rate weightDecay
 */
export function updateAdam(
  parameters: usize,
  gradients: usize,
  means: usize,
  squares: usize,
  count: i32,
  rate: f32,
  second: f32,
  decay: f32,
): void {
  const kept = f32x4.splat(0.9);
  const taken = f32x4.splat(<f32>0.1);
  const squaresKept = f32x4.splat(0.999);
  const squaresTaken = f32x4.splat(<f32>0.001);
  const epsilon = f32x4.splat(1e-8);
  const rates = f32x4.splat(rate);
  const seconds = f32x4.splat(second);
  const decays = f32x4.splat(decay);
  for (let j: usize = 0; j < <usize>count * 4; j += 16) {
    const g = v128.load(gradients + j);
    const mean = f32x4.add(f32x4.mul(kept, v128.load(means + j)), f32x4.mul(taken, g));
    const square = f32x4.add(
      f32x4.mul(squaresKept, v128.load(squares + j)),
      f32x4.mul(squaresTaken, f32x4.mul(g, g)),
    );
    v128.store(means + j, mean);
    v128.store(squares + j, square);
    const size = f32x4.add(f32x4.sqrt(f32x4.mul(square, seconds)), epsilon);
    const step = f32x4.div(f32x4.mul(rates, mean), size);
    v128.store(parameters + j, f32x4.sub(f32x4.mul(v128.load(parameters + j), decays), step));
  }
}
