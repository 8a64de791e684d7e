/** All scores of K, cut down to curves: every number shown is that of a key, or a count of keys. */

import type { PositionBins, RankScore, SizeAtThreshold } from './model.js';

/** The usable rows lie between these: from the first to before the last. */
export type RowRange = readonly [from: number, to: number];

/**
 * Scores along K, from the first row that counts to the last: the scores themselves where there are at most `most` rows, else largest,
 * median and smallest of bins of equal numbers of rows, of those that count.
 *
 * @param counts - one byte a row, 0 for those that do not count; undefined: all do
 */
export function binByPosition(scores: Float64Array, most: number, counts?: Uint8Array): PositionBins {
  const [start, end] = rangeOf(counts, scores.length);
  const step = Math.max(1, Math.ceil((end - start) / most));
  const bins = Math.ceil((end - start) / step);
  const [largest, median, smallest] = [0, 1, 2].map(() => new Float64Array(bins).fill(Number.NaN));
  for (let bin = 0; bin < bins; bin++) {
    const from = start + bin * step;
    const inside = scores.subarray(from, Math.min(end, from + step));
    const sorted = inside.filter((_, i) => counts?.[from + i] !== 0).sort();
    if (sorted.length === 0) continue;
    largest[bin] = sorted.at(-1)!;
    median[bin] = sorted[(sorted.length - 1) >> 1];
    smallest[bin] = sorted[0];
  }
  return { start, step, largest, median, smallest };
}

/** From the first row that counts to after the last; all rows where none does. */
export function rangeOf(counts: Uint8Array | undefined, rows: number): RowRange {
  const first = counts ? counts.findIndex((one) => one !== 0) : 0;
  if (!counts || first < 0) return [0, rows];
  return [first, counts.findLastIndex((one) => one !== 0) + 1];
}

/** Falling scores at about `most` ranks, evenly spaced in their logarithms; the first and the last are among them. */
export function scoresByRank(falling: Float64Array, most: number): RankScore[] {
  return spread(falling.length, most).map((rank) => ({ rank, score: falling[rank - 1] }));
}

/**
 * Numbers of keys for curves of coverage: powers of two, and half as much again, up to n.
 * @param between - whether those between powers of two are among them
 */
export function roundSizes(n: number, between = true): number[] {
  const sizes = [1];
  for (let power = 2; power < n; power *= 2) sizes.push(power, ...(between && 1.5 * power < n ? [1.5 * power] : []));
  return n > 1 ? [...sizes, n] : sizes;
}

/** Whole numbers 1 … n, all of them where there are few, else about `most`, evenly spaced in their logarithms. */
function spread(n: number, most: number): number[] {
  if (n <= most) return Array.from({ length: n }, (_, i) => i + 1);
  return [...new Set(Array.from({ length: most }, (_, i) => Math.round(n ** (i / (most - 1)))))];
}

/** Of a table of |U|: thresholds to a factor of ten. */
const PER_DECADE = 24;

/** Where eps is so small that thresholds span more decades, they are fewer to each. */
const MOST_DECADES = 30;

/**
 * |U| at thresholds from where the theorem says nothing any more (rank / eps = n), or half of eps, up to 1; eps is one of them.
 *
 * @param falling - scores, falling
 * @param delta - bound of their relative error: as `select-keys` does, scores are taken as larger by it
 */
export function sizesByThreshold(
  falling: Float64Array,
  { rank, delta, eps }: { readonly rank: number; readonly delta: number; readonly eps: number },
): SizeAtThreshold[] {
  const n = falling.length;
  const least = Math.max(Number.MIN_VALUE, Math.min(eps / 2, Math.max(rank, 1) / n));
  const decades = Math.log10(eps) - Math.log10(least);
  const perDecade = PER_DECADE / Math.ceil((decades - Math.log10(eps)) / MOST_DECADES);
  const below = Math.ceil(perDecade * decades);
  const above = Math.floor(-perDecade * Math.log10(eps) + 1e-9);
  const at = Array.from({ length: below + above + 1 }, (_, i) => Math.min(1, eps * 10 ** ((i - below) / perDecade)));
  // Next to the smallest double, rounding brings neighbours together, and to 0.
  const thresholds = [...new Set(at.filter((one) => one > 0))];
  if (thresholds.at(-1)! < 1) thresholds.push(1);
  return thresholds.map((at) => ({
    eps: at,
    size: countFrom(falling, at / (1 + delta)),
    bound: Math.min(n, rank / at),
  }));
}

/** How many of falling numbers are at least `least`. */
function countFrom(falling: Float64Array, least: number): number {
  let from = 0;
  let to = falling.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (falling[middle] >= least) from = middle + 1;
    else to = middle;
  }
  return from;
}
