/** Linear and logarithmic scales with round ticks. */

import { tickLabel } from '../numbers.js';

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
  /** About so many ticks. */
  ticks(count: number): readonly Tick[];
}

type Pair = readonly [number, number];

/** A linear scale. */
export function linear([from, to]: Pair, [start, end]: Pair): Scale {
  const span = to - from || 1;
  const place = (value: number): number => start + ((clamp(value, from, to) - from) / span) * (end - start);
  return { from, to, place, ticks: (count) => linearTicks(from, to, count) };
}

/** A logarithmic scale; what is not positive lies at its beginning. */
export function logarithmic([from, to]: Pair, [start, end]: Pair): Scale {
  const span = Math.log(to / from) || 1;
  const place = (value: number): number => start + (Math.log(clamp(value, from, to) / from) / span) * (end - start);
  return { from, to, place, ticks: (count) => logarithmicTicks(from, to, count) };
}

const clamp = (value: number, from: number, to: number): number => Math.min(to, Math.max(from, value));

const ticksAt = (values: readonly number[]): Tick[] => values.map((value) => ({ value, label: tickLabel(value) }));

/** A step of 1, 2 or 5 times a power of ten that takes `span` in at most `count` steps. */
export function roundStep(span: number, count: number): number {
  const least = span / count;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * (1 - 1e-12))!;
}

function linearTicks(from: number, to: number, count: number): Tick[] {
  const step = roundStep(to - from || 1, count);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  // Multiples of a step that is no double carry rounding; twelve digits have none.
  return ticksAt(Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12))));
}

/** Powers of ten, every other one or fewer where there are many; with 2 and 5 times them where there are few. */
function logarithmicTicks(from: number, to: number, count: number): Tick[] {
  const first = Math.floor(Math.log10(from) + 1e-9);
  const last = Math.ceil(Math.log10(to) - 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / count));
  const factors = Math.log10(to / from) < 2 ? [1, 2, 5] : [1];
  const values: number[] = [];
  for (let power = Math.ceil(first / every) * every; power <= last; power += every) {
    for (const factor of factors) values.push(Number(`${factor}e${power}`));
  }
  return ticksAt(values.filter((value) => value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9)));
}
