/**
 * Rows of a head, wherever they lie, in the order in which products read them: one after another, or turned round; and back.
 *
 * Rows in scratch are padded with zeros to whole vectors, in both directions, so that what is padded stays finite.
 */

/** to[j] = from[j] * factor; writes `count` float32 and nothing behind them. */
@inline
export function scaleRow(from: usize, count: i32, factor: f32, to: usize): void {
  const whole = count & ~3;
  const factors = f32x4.splat(factor);
  let j = 0;
  for (; j < whole; j += 4, from += 16, to += 16) v128.store(to, f32x4.mul(v128.load(from), factors));
  for (; j < count; j++, from += 4, to += 4) store<f32>(to, load<f32>(from) * factor);
}

/** to[j] = from[j]. */
@inline
export function copyRow(from: usize, count: i32, to: usize): void {
  const whole = count & ~3;
  let j = 0;
  for (; j < whole; j += 4, from += 16, to += 16) v128.store(to, v128.load(from));
  for (; j < count; j++, from += 4, to += 4) store<f32>(to, load<f32>(from));
}

/** to[j] = 0. */
@inline
export function clearRow(count: i32, to: usize): void {
  for (let j = 0; j < count; j++) store<f32>(to + <usize>j * 4, 0);
}

/** The byte address of the t-th chosen row. */
@inline
function chosenRow(rows: usize, stride: usize, index: usize, t: i32): usize {
  return rows + <usize>load<i32>(index + <usize>t * 4) * stride;
}

/**
 * Rows of scratch from consecutive rows, with zeros behind them.
 *
 * @param rows - count rows of d, `stride` bytes apart
 * @param to - height x width float32
 */
export function copyRows(rows: usize, stride: usize, count: i32, d: i32, to: usize, height: i32, width: i32): void {
  const toStride = <usize>width * 4;
  if (d < width) memory.fill(to, 0, <usize>count * toStride);
  for (let i = 0; i < count; i++, rows += stride, to += toStride) copyRow(rows, d, to);
  if (count < height) memory.fill(to, 0, <usize>(height - count) * toStride);
}

/** The chosen rows, one after another. */
export function gather(
  rows: usize,
  stride: usize,
  index: usize,
  count: i32,
  d: i32,
  to: usize,
  width: i32,
): void {
  const toStride = <usize>width * 4;
  if (d < width) memory.fill(to, 0, <usize>count * toStride);
  for (let t = 0; t < count; t++, to += toStride) copyRow(chosenRow(rows, stride, index, t), d, to);
}

/** The chosen rows as columns, times a factor: to[j][t] = row t [j] * factor, to is d x width. */
export function gatherColumns(
  rows: usize,
  stride: usize,
  index: usize,
  count: i32,
  d: i32,
  factor: f32,
  to: usize,
  width: i32,
): void {
  const toStride = <usize>width * 4;
  if (count < width) memory.fill(to, 0, <usize>d * toStride);
  for (let t = 0; t < count; t++, to += 4) {
    const row = chosenRow(rows, stride, index, t);
    let at = to;
    for (let j: usize = 0; j < <usize>d * 4; j += 4, at += toStride) store<f32>(at, load<f32>(row + j) * factor);
  }
}

/** The opposite of `gather`: rows that are not chosen become zero; `index` ascends. */
export function scatter(
  from: usize,
  width: i32,
  index: usize,
  count: i32,
  d: i32,
  rows: usize,
  stride: usize,
  n: i32,
): void {
  let t = 0;
  for (let i = 0; i < n; i++, rows += stride) {
    if (t < count && load<i32>(index + <usize>t * 4) == i) {
      copyRow(from + <usize>t * width * 4, d, rows);
      t++;
    } else {
      clearRow(d, rows);
    }
  }
}
