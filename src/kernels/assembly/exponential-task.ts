/** What the kernels of `exponentials.ts` are asked to do, how their scratch is laid out, and which queries see which keys. */

import { roundUpToEven } from './arithmetic';
import { CONSTANT_BYTES } from './exp2';
import { groupBytes } from './pack';

/** Queries of a strip. */
export const WIDTH = 8;

/** Bytes of float32 keys of a panel, where it has more than eight rows. */
const PANEL_BYTES = 16384;
const MOST_ROWS = 64;

/** Pairs that one strip and one panel can give: what must be free in the list before they are looked at. */
export const MOST_PAIRS = MOST_ROWS * WIDTH;

/** The arguments, as JavaScript lays them out: fields of 32 bits in this order. `strips` counts strips of eight queries. */
@unmanaged
export class ExponentialTask {
  /** rows x d, float32 or float64. */
  keys: usize;
  rows: i32;
  d: i32;
  /** rows int32, 0 for a key that no query sees; or 0 for none. */
  seen: usize;
  /** Queries, float32: strips of [step][8]. */
  single: usize;
  /** Queries, float64: two strips of [step][4] for each of the above. */
  double: usize;
  /** float64 a strip and a row: squares of norms. */
  stripSquares: usize;
  rowSquares: usize;
  /** Above it the product of the squares of a strip and a panel asks for float64 arithmetic. */
  mostProduct: f32;
  /** The strips to be worked on. */
  from: i32;
  to: i32;
  /** float64 a query: whole numbers, or below every x where nothing has been seen. Scores: log2 of the denominator. */
  reference: usize;
  /** float64 a query. */
  sum: usize;
  /** float64 a query: x below it need not be listed. */
  floor: usize;
  /** int32 a query: it sees the rows first ... last - 1; both within 0 ... rows. */
  first: usize;
  last: usize;
  /** float32: a term below 2^share of the sum need not be listed, either. */
  share: f32;
  /** (query, key) of each listed pair, two int32. */
  pairs: usize;
  /** float64, x of each listed pair; NaN where it was computed in float32. */
  x: usize;
  capacity: i32;
  /** How many are listed; set by the kernel. */
  listed: i32;
  /** Where to go on: a row and a strip; the row is -1 when all is done. */
  nextRow: i32;
  nextStrip: i32;
  /** exponentialScratchBytes(d). */
  scratch: usize;
  /** Scores: float64 a row, what is added to and what is raised. */
  totals: usize;
  largest: usize;
}

/** Rows of a panel: a multiple of eight. */
@inline
export function panelRows(d: i32): i32 {
  return max(8, min(MOST_ROWS, (PANEL_BYTES / (roundUpToEven(d) * 4)) & ~7));
}

/** Bytes of a panel's float32 and float64 groups; up to three steps more may be written. */
@inline
export function singleBytes(d: i32): usize {
  return <usize>(panelRows(d) / 4) * groupBytes<f32>(d) + 64;
}

@inline
export function doubleBytes(d: i32): usize {
  return <usize>(panelRows(d) / 4) * groupBytes<f64>(d) + 128;
}

/** Eight float32; in the wide build as many bases and sums behind them, and constants. */
const MAXIMA_BYTES: usize = WIDE ? 96 + CONSTANT_BYTES : 32;

/** From what is laid out for one strip, the x and the largest, to the same for the next: the wide build has two at a time. */
@inline
export function nextStripAt(d: i32): usize {
  return <usize>panelRows(d) * WIDTH * 12 + MAXIMA_BYTES;
}

/** Bytes of scratch that the kernels need. */
export function exponentialScratchBytes(d: i32): usize {
  return singleBytes(d) + doubleBytes(d) + (WIDE ? 2 : 1) * nextStripAt(d);
}

/** Where the panel's x are, [row][8]: float32 (or v, in either case), and float64. */
@inline
export function singlesOf(task: ExponentialTask): usize {
  return task.scratch + singleBytes(task.d) + doubleBytes(task.d);
}

@inline
export function doublesOf(task: ExponentialTask): usize {
  return singlesOf(task) + <usize>panelRows(task.d) * WIDTH * 4;
}

/** Where the largest x of each query is, eight float32. */
@inline
export function maximaOf(task: ExponentialTask): usize {
  return doublesOf(task) + <usize>panelRows(task.d) * WIDTH * 8;
}

/** Whether any query of a strip sees any row of top ... bottom - 1. */
@inline
export function seesAny(task: ExponentialTask, strip: i32, top: i32, bottom: i32): bool {
  const first = task.first + <usize>strip * 32;
  const last = task.last + <usize>strip * 32;
  const before = i32x4.splat(bottom);
  const behind = i32x4.splat(top);
  const low = v128.and(i32x4.lt_s(v128.load(first), before), i32x4.gt_s(v128.load(last), behind));
  const high = v128.and(i32x4.lt_s(v128.load(first, 16), before), i32x4.gt_s(v128.load(last, 16), behind));
  return v128.any_true(v128.or(low, high));
}

/** Whether every query of a strip sees every row of top ... bottom - 1, as far as its first and last row tell. */
@inline
export function seesAll(task: ExponentialTask, strip: i32, top: i32, bottom: i32): bool {
  const first = task.first + <usize>strip * 32;
  const last = task.last + <usize>strip * 32;
  const end = i32x4.splat(bottom);
  const start = i32x4.splat(top);
  const low = v128.and(i32x4.le_s(v128.load(first), start), i32x4.ge_s(v128.load(last), end));
  const high = v128.and(i32x4.le_s(v128.load(first, 16), start), i32x4.ge_s(v128.load(last, 16), end));
  return i32x4.all_true(v128.and(low, high));
}

/** Whether some query sees all rows of a panel but for `seen`. */
export function allSeen(task: ExponentialTask, top: i32, bottom: i32): bool {
  if (!task.seen) return true;
  for (let row = top; row < bottom; row++) if (!load<i32>(task.seen + <usize>row * 4)) return false;
  return true;
}

/** Lanes 0 ... 3 (at = 0) or 4 ... 7 (at = 16) of a strip: all bits set where the query sees the row. */
@inline
export function seeing(task: ExponentialTask, strip: i32, row: i32, at: usize): v128 {
  const first = v128.load(task.first + <usize>strip * 32 + at);
  const last = v128.load(task.last + <usize>strip * 32 + at);
  const here = i32x4.splat(row);
  const within = v128.and(i32x4.le_s(first, here), i32x4.gt_s(last, here));
  if (!task.seen || row >= task.rows) return within;
  return v128.and(within, i32x4.splat(load<i32>(task.seen + <usize>row * 4) ? -1 : 0));
}

/** The largest square of a panel's rows. */
export function panelSquare(task: ExponentialTask, top: i32, count: i32): f64 {
  let most: f64 = 0;
  for (let row = top; row < top + count; row++) most = max(most, load<f64>(task.rowSquares + <usize>row * 8));
  return most;
}

/** The largest square of the strips that are worked on. */
export function largestStrip(task: ExponentialTask): f64 {
  let most: f64 = 0;
  for (let strip = task.from; strip < task.to; strip++) most = max(most, stripSquare(task, strip));
  return most;
}

/** The smallest. */
export function smallestStrip(task: ExponentialTask): f64 {
  let least = f64.MAX_VALUE;
  for (let strip = task.from; strip < task.to; strip++) least = min(least, stripSquare(task, strip));
  return least;
}

@inline
export function stripSquare(task: ExponentialTask, strip: i32): f64 {
  return load<f64>(task.stripSquares + <usize>strip * 8);
}

/** Whether a strip and a panel of these squares are to be computed in float64; so they are where one is no number. */
@inline
export function isPrecise(task: ExponentialTask, strip: f64, panel: f64): bool {
  return !(strip * panel <= <f64>task.mostProduct);
}

/** Whether the strip behind a strip is to be looked at, too, and in float32. */
@inline
export function startsTwo(task: ExponentialTask, strip: i32, top: i32, count: i32, square: f64): bool {
  const next = strip + 1;
  return next < task.to && seesAny(task, next, top, top + count) && !isPrecise(task, stripSquare(task, next), square);
}
