/** A histogram as lines of text, for terminals. */

import { whole } from './numbers.js';
import { roundStep } from './svg/scale.js';

/** Bins, about. */
const BINS = 10;

/** Numbers that span more than this have bins of ratios: 1, 2, 5, 10 or, where there are many, 1, 10. */
const WIDE = 20;

/** How long the longest bar may be. */
const LONGEST = 60;

/** How it is drawn. */
export interface HistogramOptions {
  /** Columns there are. */
  readonly width: number;
  /** Puts colour around a bar, where there are colours. */
  readonly paint?: (bar: string) => string;
}

/**
 * A line for each bin: from, to, a bar, how many.
 * @param values - at least one, > 0
 */
export function histogramLines(values: Float64Array, { width, paint = (bar) => bar }: HistogramOptions): string[] {
  const edges = edgesFor(
    values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    values.reduce((most, value) => Math.max(most, value), 0),
  );
  const counts = edges.slice(1).map(() => 0);
  for (const value of values)
    counts[
      Math.max(
        0,
        edges.findLastIndex((edge, i) => i < counts.length && edge <= value),
      )
    ]++;
  const labels = edges.map(String);
  const [left, right] = [labels.slice(0, -1), labels.slice(1)].map((side) =>
    Math.max(...side.map(({ length }) => length)),
  );
  const most = Math.max(...counts);
  const room = Math.max(8, Math.min(LONGEST, width - left - right - 7 - whole(most).length));
  return counts.map((count, bin) => {
    // A bin that is not empty shows something.
    const bar = '#'.repeat(count === 0 ? 0 : Math.max(1, Math.round((count / most) * room)));
    const range = `${labels[bin].padStart(left)} - ${labels[bin + 1].padEnd(right)}`;
    return count === 0 ? `${range}  0` : `${range}  ${paint(bar)} ${whole(count)}`;
  });
}

/** Round edges around all values: the last is above the largest, or it. */
function edgesFor(least: number, most: number): number[] {
  if (most > WIDE * least) {
    const few = most < 1000 * least;
    const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
    const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const round = powers.flatMap((power) => (few ? [1, 2, 5] : [1]).map((factor) => Number(`${factor}e${power}`)));
    const first = round.findLastIndex((edge) => edge <= least);
    return round.slice(first, round.findIndex((edge) => edge >= most) + 1);
  }
  const step = roundStep(most - least || most, BINS);
  // Multiples of a step that is no double carry rounding; twelve digits have none.
  const edge = (i: number): number => Number((i * step).toPrecision(12));
  let first = Math.floor(least / step);
  let last = Math.ceil(most / step);
  if (edge(first) > least) first--;
  if (edge(last) < most || last === first) last++;
  return Array.from({ length: last - first + 1 }, (_, i) => edge(first + i));
}
