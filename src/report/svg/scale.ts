/** Linear and logarithmic scales with round ticks. */

import { exactLabel, tickLabel } from '../numbers.js';
import { inSteps, multiplesOf, roundStep } from '../round-steps.js';

/** A mark of an axis. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** From values to places. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  /** The place of a value; those outside are put at the end. */
  place(value: number): number;
  /** About `count` ticks. */
  ticks(count: number): readonly Tick[];
}

type Pair = readonly [number, number];

/** A domain that is narrower than this, relative to its ends, has no room for round numbers of fewer digits than doubles have. */
const NARROWEST = 1e-11;

/** Digits of labels; where they do not tell ticks apart, more are written, and then all there are. */
const DIGITS = 6;
const MANY_DIGITS = 15;

/** A linear scale. */
export function linear([from, to]: Pair, [start, end]: Pair): Scale {
  const span = to - from || 1;
  const place = (value: number): number => start + ((clamp(value, from, to) - from) / span) * (end - start);
  return { from, to, place, ticks: (count) => linearTicks(from, to, count) };
}

/** A logarithmic scale; what is not positive lies at its beginning. */
export function logarithmic([from, to]: Pair, [start, end]: Pair): Scale {
  const span = logRatio(to, from) || 1;
  const place = (value: number): number => start + (logRatio(clamp(value, from, to), from) / span) * (end - start);
  return { from, to, place, ticks: (count) => logarithmicTicks(from, to, count) };
}

const clamp = (value: number, from: number, to: number): number => Math.min(to, Math.max(from, value));

/** The logarithm of a ratio, which itself need not be a double: 1e300 to 1e-300. */
function logRatio(value: number, from: number): number {
  const ratio = value / from;
  return Number.isFinite(ratio) ? Math.log(ratio) : Math.log(value) - Math.log(from);
}

function ticksAt(values: readonly number[]): Tick[] {
  const ways = [
    (value: number) => tickLabel(value, DIGITS),
    (value: number) => tickLabel(value, MANY_DIGITS),
    exactLabel,
  ];
  const labels = ways.map((way) => values.map(way));
  const told = labels.find((some) => new Set(some).size === some.length) ?? labels[0];
  return values.map((value, i) => ({ value, label: told[i] }));
}

const linearTicks = (from: number, to: number, count: number): Tick[] => ticksAt(roundNumbers(from, to, count));

/** Two round numbers or more, at equal steps; the ends of the domain where it has no two, being narrow for doubles. */
function roundNumbers(from: number, to: number, count: number): number[] {
  const wide = to - from > NARROWEST * Math.max(Math.abs(from), Math.abs(to));
  for (const steps of wide ? [count, 2 * count] : []) {
    const step = roundStep(to - from, steps);
    const first = Math.ceil(inSteps(from, step) - 1e-9);
    const last = Math.floor(inSteps(to, step) + 1e-9);
    if (last > first) return multiplesOf(step, first, last);
  }
  return [...new Set([from, to])];
}

/**
 * Powers of ten, every other one or fewer where there are many; with 2 and 5 times them where there are few, and round numbers at
 * equal steps where there are fewer than two of them.
 */
function logarithmicTicks(from: number, to: number, count: number): Tick[] {
  const first = Math.floor(Math.log10(from) + 1e-9);
  const last = Math.ceil(Math.log10(to) - 1e-9);
  const factors = Math.log10(to / from) < 2 ? [1, 2, 5] : [1];
  for (let every = Math.max(1, Math.ceil((last - first) / count)); every > 0; every--) {
    const values: number[] = [];
    for (let power = Math.ceil(first / every) * every; power <= last; power += every) {
      for (const factor of factors) values.push(Number(`${factor}e${power}`));
    }
    const inside = values.filter((value) => value >= from * (1 - 1e-9) && value * (1 - 1e-9) <= to);
    if (inside.length > 1) return ticksAt(inside);
  }
  return linearTicks(from, to, count);
}
