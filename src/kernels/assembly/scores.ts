/**
 * What keys receive under f = 2^x, once denominators are known: per key the sum of 2^(x - log2 D) over queries, and the
 * largest. The counterpart of `exponentials.ts`; terms below 2^-126 count as nothing. What becomes of a key depends on the
 * queries, in their order, and on the key alone.
 */

import { exp2 } from './exp2';
import { demote, multiplyDouble, multiplySingle, multiplyTwoSingle, packPanel, relateDoubles } from './exponential-products';
import {
  allSeen,
  ExponentialTask,
  isPrecise,
  largestStrip,
  maximaOf,
  nextStripAt,
  panelRows,
  panelSquare,
  seesAll,
  seesAny,
  singlesOf,
  smallestStrip,
  startsTwo,
  stripSquare,
} from './exponential-task';

/** Below it a term is nothing, and so is what a query does not see. */
const LEAST: f32 = -126;

/**
 * Adds one strip's terms to the sums of a panel, two float64 a row, and raises its maxima, four float32 a row.
 *
 * @param ready - whether the products, in float32, are there already
 * @param shift - where they are: nextStripAt or 0
 */
function scorePanel(
  task: ExponentialTask,
  strip: i32,
  top: i32,
  count: i32,
  full: bool,
  precise: bool,
  ready: bool,
  shift: usize,
  sums: usize,
  maxima: usize,
): void {
  const height = (count + 7) & ~7;
  const denominator = task.floor + <usize>strip * 64;
  let base0 = f32x4.splat(0);
  let base1 = base0;
  if (precise) {
    multiplyDouble(task, strip, top, count, height, full);
    relateDoubles(task, height, denominator);
  } else {
    if (!ready) multiplySingle(task, strip, top, count, height, full, maximaOf(task));
    base0 = demote(v128.load(denominator), v128.load(denominator, 16));
    base1 = demote(v128.load(denominator, 32), v128.load(denominator, 48));
  }
  const least = f32x4.splat(LEAST);
  let x = singlesOf(task) + shift;
  for (let row = 0; row < count; row++, x += 32, sums += 16, maxima += 16) {
    const v0 = f32x4.sub(v128.load(x), base0);
    const v1 = f32x4.sub(v128.load(x, 16), base1);
    const t0 = v128.and(exp2(v0), f32x4.ge(v0, least));
    const t1 = v128.and(exp2(v1), f32x4.ge(v1, least));
    const low = f64x2.add(f64x2.promote_low_f32x4(t0), f64x2.promote_low_f32x4(t1));
    const h0 = v128.shuffle<f64>(t0, t0, 1, 1);
    const h1 = v128.shuffle<f64>(t1, t1, 1, 1);
    const high = f64x2.add(f64x2.promote_low_f32x4(h0), f64x2.promote_low_f32x4(h1));
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.add(low, high)));
    v128.store(maxima, f32x4.pmax(v128.load(maxima), f32x4.pmax(t0, t1)));
  }
}

@inline
function addScores<T>(task: ExponentialTask): void {
  const most = panelRows(task.d);
  const largestSquare = largestStrip(task);
  const smallestSquare = smallestStrip(task);
  // The list of pairs has room for these.
  const sums = task.pairs;
  const maxima = sums + <usize>most * 16;
  for (let top = 0; top < task.rows; top += most) {
    const count = min(most, task.rows - top);
    const seen = count == most && allSeen(task, top, top + count);
    const square = panelSquare(task, top, count);
    packPanel<T>(task, top, count, !isPrecise(task, smallestSquare, square), isPrecise(task, largestSquare, square));
    memory.fill(sums, 0, <usize>most * 32);
    // The strip whose products came with those of the one before.
    let next = -1;
    for (let strip = task.from; strip < task.to; strip++) {
      if (!seesAny(task, strip, top, top + count)) continue;
      const all = seen && seesAll(task, strip, top, top + count);
      const precise = isPrecise(task, stripSquare(task, strip), square);
      if (WIDE) {
        const second = strip == next;
        const first = !second && !precise && startsTwo(task, strip, top, count, square);
        if (first) {
          next = strip + 1;
          multiplyTwoSingle(task, strip, top, count, all, seen && seesAll(task, next, top, top + count));
        }
        const shift = second ? nextStripAt(task.d) : 0;
        scorePanel(task, strip, top, count, all, precise, first || second, shift, sums, maxima);
      } else {
        scorePanel(task, strip, top, count, all, precise, false, 0, sums, maxima);
      }
    }
    for (let row = 0; row < count; row++) {
      const sum = v128.load(sums + <usize>row * 16);
      const total = task.totals + <usize>(top + row) * 8;
      store<f64>(total, load<f64>(total) + (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)));
      const maximum = v128.load(maxima + <usize>row * 16);
      const pair = f32x4.pmax(maximum, v128.shuffle<f64>(maximum, maximum, 1, 0));
      const largest = <f64>max(f32x4.extract_lane(pair, 0), f32x4.extract_lane(pair, 1));
      const place = task.largest + <usize>(top + row) * 8;
      store<f64>(place, max(load<f64>(place), largest));
    }
  }
}

/** totals[j] += sum of 2^(x - floor) over the queries that see key j, and largest[j] is raised to the largest of these. */
export function addScoresF32(task: ExponentialTask): void {
  addScores<f32>(task);
}

/** The same from float64. */
export function addScoresF64(task: ExponentialTask): void {
  addScores<f64>(task);
}
