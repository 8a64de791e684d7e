/**
 * Packing for the Gram update: up to 256 rows, as float64, in strips of four columns as [row][4], so that a tile kernel
 * reads a strip from one end to the other. An odd number of rows is filled up with a row of zeros. Columns that the last
 * strip lacks hold what lies behind a row's end: the sums they give are never looked at.
 */

import { loadFirstPair, loadSecondPair } from './arithmetic';
import { STEP_BYTES } from './tiles-f64';

/** Rows of a panel: a strip of it stays in the first-level cache. */
export const PANEL = 256;

/** Bytes from strip to strip: 64 more than it holds, so that strips do not all start in the same cache set. */
export const STRIP_BYTES: usize = PANEL * STEP_BYTES + 64;

/** Strips that d columns fill; in the wide build an even number, as its tiles are two strips wide. */
@inline
export function stripsOf(d: i32): i32 {
  return WIDE ? ((d + 7) >> 3) << 1 : (d + 3) >> 2;
}

/**
 * @param a - rows x d of type T
 * @param factors - for float64: d float64 that the columns are multiplied by
 * @param roots - rows float64 that the rows are multiplied by, or 0
 * @param panel - receives stripsOf(d) strips, STRIP_BYTES apart
 */
export function packPanel<T>(a: usize, rows: i32, d: i32, factors: usize, roots: usize, panel: usize): void {
  const strips = stripsOf(d);
  // Two at a time halve the cost of the loop.
  if (roots) {
    for (let strip = 0; strip + 2 <= strips; strip += 2) packTwoStrips<T>(a, rows, d, strip, factors, roots, true, panel);
    if (strips & 1) packStrip<T>(a, rows, d, strips - 1, factors, roots, true, panel);
  } else {
    for (let strip = 0; strip + 2 <= strips; strip += 2) packTwoStrips<T>(a, rows, d, strip, factors, 0, false, panel);
    if (strips & 1) packStrip<T>(a, rows, d, strips - 1, factors, 0, false, panel);
  }
  if (rows & 1) {
    const end = panel + <usize>rows * STEP_BYTES;
    for (let strip = 0; strip < strips; strip++) memory.fill(end + strip * STRIP_BYTES, 0, STEP_BYTES);
  }
}

@inline
function packTwoStrips<T>(
  a: usize,
  rows: i32,
  d: i32,
  strip: i32,
  factors: usize,
  roots: usize,
  weighted: bool,
  panel: usize,
): void {
  const rowBytes = <usize>d * sizeof<T>();
  const f = factors + strip * STEP_BYTES;
  const f0 = loadFactors<T>(f);
  const f1 = loadFactors<T>(f + 16);
  const f2 = loadFactors<T>(f + 32);
  const f3 = loadFactors<T>(f + 48);
  let from = a + strip * 4 * sizeof<T>();
  let to = panel + strip * STRIP_BYTES;
  for (const end = to + <usize>rows * STEP_BYTES; to < end; to += STEP_BYTES, from += rowBytes) {
    const next = from + 4 * sizeof<T>();
    const root = weighted ? v128.load64_splat(roots) : f64x2.splat(1);
    if (weighted) roots += sizeof<f64>();
    v128.store(to, weigh(scale<T>(loadFirstPair<T>(from), f0), root, weighted));
    v128.store(to, weigh(scale<T>(loadSecondPair<T>(from), f1), root, weighted), 16);
    v128.store(to, weigh(scale<T>(loadFirstPair<T>(next), f2), root, weighted), STRIP_BYTES);
    v128.store(to, weigh(scale<T>(loadSecondPair<T>(next), f3), root, weighted), STRIP_BYTES + 16);
  }
}

@inline
function packStrip<T>(
  a: usize,
  rows: i32,
  d: i32,
  strip: i32,
  factors: usize,
  roots: usize,
  weighted: bool,
  panel: usize,
): void {
  const rowBytes = <usize>d * sizeof<T>();
  const f0 = loadFactors<T>(factors + strip * STEP_BYTES);
  const f1 = loadFactors<T>(factors + strip * STEP_BYTES + 16);
  let from = a + strip * 4 * sizeof<T>();
  let to = panel + strip * STRIP_BYTES;
  for (const end = to + <usize>rows * STEP_BYTES; to < end; to += STEP_BYTES, from += rowBytes) {
    const root = weighted ? v128.load64_splat(roots) : f64x2.splat(1);
    if (weighted) roots += sizeof<f64>();
    v128.store(to, weigh(scale<T>(loadFirstPair<T>(from), f0), root, weighted));
    v128.store(to, weigh(scale<T>(loadSecondPair<T>(from), f1), root, weighted), 16);
  }
}

@inline
function weigh(x: v128, root: v128, weighted: bool): v128 {
  return weighted ? f64x2.mul(x, root) : x;
}

@inline
function loadFactors<T>(at: usize): v128 {
  return sizeof<T>() == 8 ? v128.load(at) : f64x2.splat(1);
}

@inline
function scale<T>(x: v128, factor: v128): v128 {
  return sizeof<T>() == 8 ? f64x2.mul(x, factor) : x;
}
