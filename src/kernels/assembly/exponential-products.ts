/** x = <q, k> of the queries of a strip and the keys of a panel, [row][8], in float32 or float64; unseen ones far below all. */

import { roundUpToEven } from './arithmetic';
import { doubleBytes, doublesOf, ExponentialTask, maximaOf, nextStripAt, seeing, singleBytes, singlesOf } from './exponential-task';
import { groupBytes, packGroups } from './pack';
import { storeChunkedTile, storeWideChunkedTile } from './tiles-f32';
import { STEP_BYTES, storeTile, storeWideTile } from './tiles-f64';

/** x of a key that a query does not see. */
export const UNSEEN_SINGLE: f32 = -3e38;
export const UNSEEN_DOUBLE: f64 = -1.79e308;

/** Packs the keys of a panel for the arithmetic that its strips ask for. */
@inline
export function packPanel<T>(task: ExponentialTask, top: i32, count: i32, single: bool, precise: bool): void {
  const keys = task.keys + <usize>top * task.d * sizeof<T>();
  if (sizeof<T>() == 4 && single) packGroups<T, f32>(keys, count, task.d, task.scratch);
  if (precise) packGroups<T, f64>(keys, count, task.d, task.scratch + singleBytes(task.d));
}

/**
 * x of a strip and the panel's first `height` rows, a multiple of eight, in float32.
 *
 * @param full - whether every query sees every row
 * @param maxima - receives the largest x of each query, eight float32
 */
@inline
export function multiplySingle(
  task: ExponentialTask,
  strip: i32,
  top: i32,
  count: i32,
  height: i32,
  full: bool,
  maxima: usize,
): void {
  const unseen = f32x4.splat(UNSEEN_SINGLE);
  v128.store(maxima, unseen);
  v128.store(maxima, unseen, 16);
  const steps = roundUpToEven(task.d);
  const x = singlesOf(task);
  const queries = task.single + <usize>strip * steps * 32;
  let group = task.scratch;
  let out = x;
  for (let i = 0; i < count; i += 4, group += groupBytes<f32>(task.d), out += 128) {
    storeChunkedTile(group, queries, steps, out, maxima);
  }
  if (!full) hideUnseen(task, strip, top, height, x, maxima);
}

/**
 * The same of a strip and the next; x and maxima of the latter are nextStripAt behind those of the former.
 *
 * @param full - whether every query of the strip sees every row; nextFull: of the next
 */
export function multiplyTwoSingle(
  task: ExponentialTask,
  strip: i32,
  top: i32,
  count: i32,
  full: bool,
  nextFull: bool,
): void {
  const unseen = f32x4.splat(UNSEEN_SINGLE);
  const shift = nextStripAt(task.d);
  const maxima = maximaOf(task);
  const nextMaxima = maxima + shift;
  v128.store(maxima, unseen);
  v128.store(maxima, unseen, 16);
  v128.store(nextMaxima, unseen);
  v128.store(nextMaxima, unseen, 16);
  const steps = roundUpToEven(task.d);
  const x = singlesOf(task);
  const queries = task.single + <usize>strip * steps * 32;
  let group = task.scratch;
  let out = x;
  for (let i = 0; i < count; i += 4, group += groupBytes<f32>(task.d), out += 128) {
    storeWideChunkedTile(group, queries, queries + <usize>steps * 32, steps, out, shift, maxima);
  }
  const height = (count + 7) & ~7;
  if (!full) hideUnseen(task, strip, top, height, x, maxima);
  if (!nextFull) hideUnseen(task, strip + 1, top, height, x + shift, nextMaxima);
}

/** Puts x far below all where a query does not see a row, and the largest x right. */
@inline
function hideUnseen(task: ExponentialTask, strip: i32, top: i32, height: i32, x: usize, maxima: usize): void {
  const unseen = f32x4.splat(UNSEEN_SINGLE);
  let most0 = unseen;
  let most1 = unseen;
  let out = x;
  for (let i = 0; i < height; i++, out += 32) {
    const x0 = v128.bitselect(v128.load(out), unseen, seeing(task, strip, top + i, 0));
    const x1 = v128.bitselect(v128.load(out, 16), unseen, seeing(task, strip, top + i, 16));
    v128.store(out, x0);
    v128.store(out, x1, 16);
    most0 = f32x4.pmax(most0, x0);
    most1 = f32x4.pmax(most1, x1);
  }
  v128.store(maxima, most0);
  v128.store(maxima, most1, 16);
}

/** The same in float64. */
@inline
export function multiplyDouble(task: ExponentialTask, strip: i32, top: i32, count: i32, height: i32, full: bool): void {
  const steps = roundUpToEven(task.d);
  const x = doublesOf(task);
  const queries = task.double + <usize>strip * steps * 64;
  let group = task.scratch + singleBytes(task.d);
  let out = x;
  for (let i = 0; i < count; i += 4, group += groupBytes<f64>(task.d), out += 256) {
    const next = queries + <usize>steps * STEP_BYTES;
    if (WIDE) {
      storeWideTile(group, queries, next, steps, out, 64);
    } else {
      storeTile(group, queries, steps, out, 64);
      storeTile(group, next, steps, out + 32, 64);
    }
  }
  if (full) return;
  const unseen = f64x2.splat(UNSEEN_DOUBLE);
  out = x;
  for (let i = 0; i < height; i++, out += 64) {
    for (let half: usize = 0; half < 2; half++) {
      const seen = seeing(task, strip, top + i, half * 16);
      const at = out + half * 32;
      v128.store(at, v128.bitselect(v128.load(at), unseen, i64x2.extend_low_i32x4_s(seen)));
      v128.store(at, v128.bitselect(v128.load(at, 16), unseen, i64x2.extend_high_i32x4_s(seen)), 16);
    }
  }
}

/** Four float32 of two and two float64. */
@inline
export function demote(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** v = x - base in float32, for x in float64; base is eight float64. */
@inline
export function relateDoubles(task: ExponentialTask, height: i32, base: usize): void {
  const b0 = v128.load(base);
  const b1 = v128.load(base, 16);
  const b2 = v128.load(base, 32);
  const b3 = v128.load(base, 48);
  let x = doublesOf(task);
  let v = singlesOf(task);
  for (let i = 0; i < height; i++, x += 64, v += 32) {
    v128.store(v, demote(f64x2.sub(v128.load(x), b0), f64x2.sub(v128.load(x, 16), b1)));
    v128.store(v, demote(f64x2.sub(v128.load(x, 32), b2), f64x2.sub(v128.load(x, 48), b3)), 16);
  }
}
