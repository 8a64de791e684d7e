/**
 * Keys past queries under f = 2^x, x = <q, k>: per query the running sum of 2^(x - reference), and the keys that may be heavy.
 *
 * Lanes are queries, eight a strip; keys come in panels that stay in the first-level cache. The reference of a query is the
 * largest x it has seen, rounded up to a whole number, so that a new one rescales the sum by a power of two: exactly. Keys
 * that may be heavy are listed and left out of the sum, to be added in float64 by whoever reads the list.
 *
 * A strip and a panel are computed in float32 (`tiles/f32.js`) or in float64, as their norms ask for; 2^v is float32 in either case, and v is formed
 * after the reference is taken off. Sums of a panel: a tree of eight, then at most eight of these, in float32; then float64.
 * What becomes of a query depends on the block and its strip alone.
 */

import { exp2, storeConstants } from './exp2';
import {
  demote,
  multiplyDouble,
  multiplySingle,
  multiplyTwoSingle,
  packPanel,
  relateDoubles,
  UNSEEN_DOUBLE,
  UNSEEN_SINGLE,
} from './exponential-products';
import { sumExponentials } from './wide-exponentials';
import {
  allSeen,
  doublesOf,
  ExponentialTask,
  isPrecise,
  largestStrip,
  maximaOf,
  MOST_PAIRS,
  nextStripAt,
  panelRows,
  panelSquare,
  seesAll,
  seesAny,
  singlesOf,
  smallestStrip,
  startsTwo,
  stripSquare,
  WIDTH,
} from './exponential-task';

/** Panels whose every term is below 2^-64 of the largest are left out of the sum: 2^40 of them are 6e-8 of it. */
const NEGLIGIBLE: f32 = -64;

/** Above it an x is one that a query sees. */
const SEEN_SINGLE: f64 = -1e38;
const SEEN_DOUBLE: f64 = -1.7e308;

/**
 * Raises the references of two queries to the largest x, rounded up, where one was seen, and rescales their sums.
 *
 * @param x - two float64
 * @param seen - what an x is above that was seen
 */
@inline
function raiseReference(x: v128, seen: f64, reference: usize, sum: usize): void {
  const old = v128.load(reference);
  const raised = v128.bitselect(f64x2.pmax(f64x2.ceil(x), old), old, f64x2.gt(x, f64x2.splat(seen)));
  if (!v128.any_true(f64x2.ne(raised, old))) return;
  v128.store(reference, raised);
  // 2^(old - raised), put together from its bits.
  const shift = f64x2.add(f64x2.pmax(f64x2.sub(old, raised), f64x2.splat(-1022)), f64x2.splat(6755399441055744));
  const factor = i64x2.shl(i64x2.add(shift, i64x2.splat(1023)), 52);
  v128.store(sum, f64x2.mul(v128.load(sum), factor));
}

/** The share of the sum, in log2 and relative to the reference, below which four terms need not be listed. */
@inline
function leastTerm(sum: usize, floor: usize, reference: usize, share: f32): v128 {
  // The bits of a float32 as a number are a lower bound of its log2; a seen largest term alone is at least 2^-1.
  const bits = f32x4.convert_i32x4_s(demote(v128.load(sum), v128.load(sum, 16)));
  const log = f32x4.sub(f32x4.mul(bits, f32x4.splat(1.1920928955078125e-7)), f32x4.splat(127.00001));
  const ofSum = f32x4.add(f32x4.pmax(log, f32x4.splat(-1)), f32x4.splat(share));
  const low = f64x2.sub(v128.load(floor), v128.load(reference));
  const high = f64x2.sub(v128.load(floor, 16), v128.load(reference, 16));
  return f32x4.pmax(demote(low, high), ofSum);
}

/**
 * Lists the keys of a panel that reach the least term, and takes them out of it.
 *
 * @param panel - v of the panel
 * @param precise - whether the panel has x in float64
 * @returns the new end of the list
 */
function listPairs(
  task: ExponentialTask,
  panel: usize,
  height: i32,
  base0: v128,
  base1: v128,
  least0: v128,
  least1: v128,
  query: i32,
  key: i32,
  precise: bool,
  pairs: usize,
): usize {
  const unseen = f32x4.splat(UNSEEN_SINGLE);
  let v = panel;
  let x = doublesOf(task);
  for (const end = v + <usize>height * 32; v < end; v += 32, key++, x += 64) {
    const v0 = v128.load(v);
    const v1 = v128.load(v, 16);
    const hit0 = f32x4.ge(f32x4.sub(v0, base0), least0);
    const hit1 = f32x4.ge(f32x4.sub(v1, base1), least1);
    let hits = i32x4.bitmask(hit0) | (i32x4.bitmask(hit1) << 4);
    if (!hits) continue;
    v128.store(v, v128.bitselect(unseen, v0, hit0));
    v128.store(v, v128.bitselect(unseen, v1, hit1), 16);
    for (; hits; hits &= hits - 1) {
      const lane = ctz(hits);
      store<i32>(pairs, query + lane);
      store<i32>(pairs, key, 4);
      store<f64>(task.x + (pairs - task.pairs), precise ? load<f64>(x + <usize>lane * 8) : NaN);
      pairs += 8;
    }
  }
  return pairs;
}

/** Adds 2^(x - base) of a panel to the sums of a strip. */
@inline
function sumPanel(x: usize, height: i32, base0: v128, base1: v128, sum: usize): void {
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  for (const end = x + <usize>height * 32; x < end; x += 256) {
    sum0 = f32x4.add(sum0, sumEight(x, base0));
    sum1 = f32x4.add(sum1, sumEight(x + 16, base1));
  }
  addSums(sum, sum0);
  addSums(sum + 32, sum1);
}

/** The same, by way of memory: what is summed there must begin and end there. */
@inline
function sumWidePanel(x: usize, height: i32, base0: v128, base1: v128, scratch: usize, sum: usize): void {
  v128.store(scratch, base0);
  v128.store(scratch, base1, 16);
  storeConstants(scratch + 64);
  sumExponentials(x, height, scratch, scratch + 64, scratch + 32);
  addSums(sum, v128.load(scratch, 32));
  addSums(sum + 32, v128.load(scratch, 48));
}

@inline
function addSums(sum: usize, x: v128): void {
  v128.store(sum, f64x2.add(v128.load(sum), f64x2.promote_low_f32x4(x)));
  const high = v128.shuffle<f64>(x, x, 1, 1);
  v128.store(sum, f64x2.add(v128.load(sum, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** Eight rows of four lanes. */
@inline
function sumEight(x: usize, base: v128): v128 {
  const a = f32x4.add(exp2(f32x4.sub(v128.load(x), base)), exp2(f32x4.sub(v128.load(x, 32), base)));
  const b = f32x4.add(exp2(f32x4.sub(v128.load(x, 64), base)), exp2(f32x4.sub(v128.load(x, 96), base)));
  const c = f32x4.add(exp2(f32x4.sub(v128.load(x, 128), base)), exp2(f32x4.sub(v128.load(x, 160), base)));
  const d = f32x4.add(exp2(f32x4.sub(v128.load(x, 192), base)), exp2(f32x4.sub(v128.load(x, 224), base)));
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

/**
 * Brings references up to date with a panel's x in float64; leaves v = x - reference in its place as float32, and the
 * largest.
 */
function relatePrecise(task: ExponentialTask, height: i32, reference: usize, sum: usize, maxima: usize): void {
  for (let part: usize = 0; part < 64; part += 16) {
    let at = doublesOf(task) + part;
    let most = v128.load(at);
    for (const end = at + <usize>height * 64; at < end; at += 64) most = f64x2.pmax(most, v128.load(at));
    raiseReference(most, SEEN_DOUBLE, reference + part, sum + part);
    const v = f32x4.demote_f64x2_zero(f64x2.sub(most, v128.load(reference + part)));
    v128.store64_lane(maxima + part / 2, v, 0);
  }
  relateDoubles(task, height, reference);
}

/** Raises the references of four queries to the largest x of each, in float32. */
@inline
function raiseFour(most: v128, reference: usize, sum: usize): void {
  raiseReference(f64x2.promote_low_f32x4(most), SEEN_SINGLE, reference, sum);
  const high = v128.shuffle<f64>(most, most, 1, 1);
  raiseReference(f64x2.promote_low_f32x4(high), SEEN_SINGLE, reference + 16, sum + 16);
}

/** The references of four queries in float32, where one that has seen nothing is far above what is unseen. */
@inline
function singleReference(reference: usize): v128 {
  return f32x4.pmax(demote(v128.load(reference), v128.load(reference, 16)), f32x4.splat(-1e30));
}

/**
 * One strip past one panel.
 *
 * @param ready - whether the products, in float32, are there already
 * @param shift - where they are: nextStripAt or 0
 * @returns the new end of the list of pairs
 */
function addPanel(
  task: ExponentialTask,
  strip: i32,
  top: i32,
  count: i32,
  full: bool,
  precise: bool,
  ready: bool,
  shift: usize,
  pairs: usize,
): usize {
  const height = (count + 7) & ~7;
  const reference = task.reference + <usize>strip * 64;
  const sum = task.sum + <usize>strip * 64;
  const x = singlesOf(task) + shift;
  const maxima = maximaOf(task) + shift;
  let base0 = f32x4.splat(0);
  let base1 = base0;
  if (precise) {
    multiplyDouble(task, strip, top, count, height, full);
    relatePrecise(task, height, reference, sum, maxima);
  } else {
    if (!ready) multiplySingle(task, strip, top, count, height, full, maxima);
    raiseFour(v128.load(maxima), reference, sum);
    raiseFour(v128.load(maxima, 16), reference + 32, sum + 32);
    base0 = singleReference(reference);
    base1 = singleReference(reference + 32);
  }
  const floor = task.floor + <usize>strip * 64;
  const most0 = f32x4.sub(v128.load(maxima), base0);
  const most1 = f32x4.sub(v128.load(maxima, 16), base1);
  const least0 = leastTerm(sum, floor, reference, task.share);
  const least1 = leastTerm(sum + 32, floor + 32, reference + 32, task.share);
  if (v128.any_true(v128.or(f32x4.ge(most0, least0), f32x4.ge(most1, least1)))) {
    pairs = listPairs(task, x, height, base0, base1, least0, least1, strip * WIDTH, top, precise, pairs);
  }
  const small = f32x4.splat(NEGLIGIBLE);
  if (v128.any_true(v128.or(f32x4.ge(most0, small), f32x4.ge(most1, small)))) {
    if (WIDE) sumWidePanel(x, height, base0, base1, maxima + 32, sum);
    else sumPanel(x, height, base0, base1, sum);
  }
  return pairs;
}

/** Goes on where the last call stopped; T is the type of the keys. */
@inline
function addExponentials<T>(task: ExponentialTask): void {
  const most = panelRows(task.d);
  const full = task.pairs + (task.capacity - MOST_PAIRS) * 8;
  let pairs = task.pairs;
  let strip = task.nextStrip;
  const largestSquare = largestStrip(task);
  const smallestSquare = smallestStrip(task);
  for (let top = task.nextRow; top < task.rows; top += most, strip = task.from) {
    const count = min(most, task.rows - top);
    const seen = count == most && allSeen(task, top, top + count);
    const square = panelSquare(task, top, count);
    packPanel<T>(task, top, count, !isPrecise(task, smallestSquare, square), isPrecise(task, largestSquare, square));
    // The strip whose products came with those of the one before.
    let next = -1;
    for (; strip < task.to; strip++) {
      if (!seesAny(task, strip, top, top + count)) continue;
      if (pairs > full) {
        task.nextRow = top;
        task.nextStrip = strip;
        task.listed = <i32>((pairs - task.pairs) >> 3);
        return;
      }
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
        pairs = addPanel(task, strip, top, count, all, precise, first || second, shift, pairs);
      } else {
        pairs = addPanel(task, strip, top, count, all, precise, false, 0, pairs);
      }
    }
  }
  task.nextRow = -1;
  task.listed = <i32>((pairs - task.pairs) >> 3);
}

/**
 * Adds every key to the sums of the queries that see it, but for those it lists: all with 2^x >= 2^share of the sum so far
 * and x >= floor. With float64 keys every row's square must be Infinity.
 */
export function addExponentialsF32(task: ExponentialTask): void {
  addExponentials<f32>(task);
}

/** The same from float64. */
export function addExponentialsF64(task: ExponentialTask): void {
  addExponentials<f64>(task);
}
