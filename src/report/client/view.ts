/** Moving and zooming over the rows of K and Q. */

import type { View } from '../figures/map-drawing.js';

type Span = readonly [from: number, to: number];

/** Fewer rows are not shown. */
const LEAST = 8;

/** A span of `size` around a place, kept within all rows. */
function spanAround(centre: number, size: number, [first, end]: Span): Span {
  const n = end - first;
  const whole = Math.min(n, Math.max(Math.min(LEAST, n), Math.round(size)));
  const from = Math.min(end - whole, Math.max(first, Math.round(centre - whole / 2)));
  return [from, from + whole];
}

const sizeOf = ([from, to]: Span): number => to - from;
const centreOf = ([from, to]: Span): number => (from + to) / 2;

/** The same part, `factor` times as large, around a place in it or its centre. */
export function zoom(view: View, all: View, factor: number, at?: readonly [key: number, query: number]): View {
  const scaled = (span: Span, whole: Span, place = centreOf(span)): Span => {
    // What is under the place stays there.
    const centre = place + (centreOf(span) - place) * factor;
    return spanAround(centre, sizeOf(span) * factor, whole);
  };
  return { keys: scaled(view.keys, all.keys, at?.[0]), queries: scaled(view.queries, all.queries, at?.[1]) };
}

/** The part that lies a number of times its own size farther. */
export function move(view: View, all: View, right: number, down: number): View {
  const moved = (span: Span, whole: Span, by: number): Span =>
    spanAround(centreOf(span) + by * sizeOf(span), sizeOf(span), whole);
  return { keys: moved(view.keys, all.keys, right), queries: moved(view.queries, all.queries, down) };
}

/** The part between two places. */
export function between(a: readonly [number, number], b: readonly [number, number], all: View): View {
  const span = (one: number, other: number, whole: Span): Span =>
    spanAround((one + other) / 2, Math.abs(one - other), whole);
  return { keys: span(a[0], b[0], all.keys), queries: span(a[1], b[1], all.queries) };
}
