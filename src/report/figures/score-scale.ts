/** The scale of an axis of scores or other positive numbers. */

import { linear, logarithmic, type Scale } from '../svg/scale.js';

/** Numbers that span more than this are drawn on a logarithmic axis. */
const WIDE = 12;

/** What is smaller than the largest by this factor lies at the foot of a logarithmic axis. */
const DEEPEST = 1e8;

/** Linear from 0 on, or logarithmic where most numbers would lie at its foot. */
export function scoreScale(values: Iterable<number>, top: number, range: readonly [number, number]): Scale {
  const positive = Float64Array.from([...values].filter((value) => value > 0)).sort();
  const typical = positive[positive.length >> 1] ?? top;
  // Products of the largest doubles are none.
  const above = (factor: number): number => Math.min(Number.MAX_VALUE, top * factor);
  if (!(top / typical > WIDE)) return linear([0, above(1.06) || 1], range);
  return logarithmic([Math.max(positive[0], top / DEEPEST) / 1.3, above(1.5)], range);
}
