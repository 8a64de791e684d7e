/** A histogram as lines of text, for terminals. */

import { whole } from './numbers.js';
import { inSteps, multipleOf, multiplesOf, roundStep } from './round-steps.js';

/** Bins, about. */
const BINS = 10;

/** Numbers that span more than this have bins of ratios: 1, 2, 5, 10 or, where there are many, 1, 10, or larger powers of ten. */
const WIDE = 20;

/** Powers of ten that are shown, at most. */
const POWERS = 18;

/** No bin is narrower than this share of the largest number: edges have five or six digits, and lines their room. */
const NARROWEST = 1e-5;

/** How long the longest bar may be, and how short where there is no room. */
const LONGEST = 60;
const SHORTEST = 4;

/** How it is drawn. */
export interface HistogramOptions {
  /** Columns there are. */
  readonly width: number;
  /** Puts colour around a bar, where there are colours. */
  readonly paint?: (bar: string) => string;
}

/**
 * A line for each bin: from, to, a bar, how many.
 * @param values - at least one, finite and >= 0
 */
export function histogramLines(values: Float64Array, { width, paint = (bar) => bar }: HistogramOptions): string[] {
  const edges = edgesFor(values);
  const counts = edges.slice(1).map(() => 0);
  for (const value of values)
    counts[
      Math.max(
        0,
        edges.findLastIndex((edge, i) => i < counts.length && edge <= value),
      )
    ]++;
  const labels = edges.map(spell);
  const [left, right] = [labels.slice(0, -1), labels.slice(1)].map((side) =>
    Math.max(...side.map(({ length }) => length)),
  );
  const most = Math.max(...counts);
  const room = Math.max(SHORTEST, Math.min(LONGEST, width - left - right - 7 - whole(most).length));
  return counts.map((count, bin) => {
    // A bin that is not empty shows something.
    const bar = '#'.repeat(count === 0 ? 0 : Math.max(1, Math.round((count / most) * room)));
    const range = `${labels[bin].padStart(left)} - ${labels[bin + 1].padEnd(right)}`;
    return count === 0 ? `${range}  0` : `${range}  ${paint(bar)} ${whole(count)}`;
  });
}

/** All digits, in the shorter of the two ways to write them. */
const spell = (value: number): string =>
  [String(value), value.toExponential()].reduce((one, other) => (other.length < one.length ? other : one));

/** Round edges around all values: the last is above the largest, or it. */
function edgesFor(values: Float64Array): number[] {
  const most = values.reduce((one, other) => Math.max(one, other), 0);
  const least = values.reduce((one, other) => (other > 0 ? Math.min(one, other) : one), most);
  if (most === 0) return [0, 1];
  // A ratio to 0 is none: what is 0 has a bin before the others.
  if (values.includes(0)) return [...new Set([0, ...edgesOfRatios(least, most)])];
  return most > WIDE * least ? edgesOfRatios(least, most) : edgesOfSteps(least, most);
}

function edgesOfRatios(least: number, most: number): number[] {
  const factors = most < 1000 * least ? [1, 2, 5] : [1];
  // Logarithms are rounded; one power more on either side is right whatever they are.
  const [from, to] = [Math.floor(Math.log10(least)) - 1, Math.ceil(Math.log10(most)) + 1];
  const every = Math.ceil((to - from - 2) / POWERS) || 1;
  const powers: number[] = [];
  for (let power = Math.floor(from / every) * every; power < to + every; power += every) powers.push(power);
  const round = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)));
  const first = round.findLastIndex((edge) => edge <= least);
  return round.slice(first, round.findIndex((edge) => edge >= most) + 1);
}

function edgesOfSteps(least: number, most: number): number[] {
  const step = roundStep(Math.max(most - least || most, BINS * NARROWEST * most), BINS);
  let first = Math.floor(inSteps(least, step));
  let last = Math.ceil(inSteps(most, step));
  if (multipleOf(step, first) > least) first--;
  if (multipleOf(step, last) < most || last === first) last++;
  return multiplesOf(step, first, last);
}
