/** Marks of charts: lines, bands, points. */

import { type Attributes, coordinate, element } from './markup.js';
import type { Scale } from './scale.js';

/** A point in units of the data; a y that is NaN is a gap. */
export type Point = readonly [x: number, y: number];

/** A line through points. */
export const drawLine = (points: readonly Point[], x: Scale, y: Scale, attributes: Attributes): string =>
  element('path', { d: through(points, x, y), ...attributes });

/** What lies between two lines over the same x. */
export function drawBand(
  upper: readonly Point[],
  lower: readonly Point[],
  x: Scale,
  y: Scale,
  attributes: Attributes,
): string {
  const back = through([...lower].reverse(), x, y).replace('M', 'L');
  return element('path', { d: `${through(upper, x, y)}${back}Z`, ...attributes });
}

/** Points; of those at the same place one is drawn. */
export function drawPoints(points: Iterable<Point>, x: Scale, y: Scale, attributes: Attributes): string {
  const places = new Set<string>();
  for (const [at, value] of points) places.add(`M${coordinate(x.place(at))} ${coordinate(y.place(value))}h0`);
  return places.size === 0 ? '' : element('path', { d: [...places].join(''), ...attributes });
}

/** How thresholds are drawn. */
export const THRESHOLD = { style: 'line s1', dash: '5 3' } as const;

/** A level line across the chart. */
export function drawLevel(value: number, x: Scale, y: Scale): string {
  const d = `M${coordinate(x.place(x.from))} ${coordinate(y.place(value))}H${coordinate(x.place(x.to))}`;
  return element('path', { class: THRESHOLD.style, d, 'stroke-dasharray': THRESHOLD.dash });
}

/** An upright line through the chart. */
export function drawUpright(value: number, x: Scale, y: Scale): string {
  const d = `M${coordinate(x.place(value))} ${coordinate(y.place(y.from))}V${coordinate(y.place(y.to))}`;
  return element('path', { class: THRESHOLD.style, d, 'stroke-dasharray': THRESHOLD.dash });
}

function through(points: readonly Point[], x: Scale, y: Scale): string {
  let pen = 'M';
  let d = '';
  for (const [at, value] of points) {
    if (Number.isNaN(value)) {
      pen = 'M';
      continue;
    }
    d += `${pen}${coordinate(x.place(at))} ${coordinate(y.place(value))}`;
    pen = 'L';
  }
  return d;
}
