/** Heavy entries over (query, key), whole or a part: drawn here for the page, and in the page again as it zooms. */

import type { EntryMap } from '../model.js';
import { readable } from '../numbers.js';
import { type Area, areaOf, drawChart, type LegendItem } from '../svg/chart.js';
import { drawPoints, type Point } from '../svg/marks.js';
import { linear, type Scale } from '../svg/scale.js';

/** The rows of K and Q that are shown: from the first to before the last. */
export interface View {
  readonly keys: readonly [number, number];
  readonly queries: readonly [number, number];
}

/** All rows between the first and the last that count. */
export const wholeView = ({ keys, queries, counted }: EntryMap): View =>
  counted ?? { keys: [0, keys], queries: [0, queries] };

/** Classes of scores, from eps to 1 in equal ratios. */
const CLASSES = 4;

/** A cell is drawn no smaller than this, nor larger. */
const LEAST_CELL = 2.2;
const MOST_CELL = 18;

const HEIGHT = 400;

/** Lower ends of the classes, ascending: fewer where eps is so near 1 that two digits do not tell them apart. */
const classesOf = (eps: number): number[] =>
  Array.from({ length: CLASSES }, (_, i) => (i === 0 ? eps : Number((eps ** (1 - i / CLASSES)).toPrecision(2)))).filter(
    (at, i, all) => i === 0 || (at > all[i - 1] && at > eps && at < 1),
  );

/** Places in the map's lists of the entries in view. */
export function entriesIn({ query, key }: EntryMap, { keys, queries }: View): number[] {
  const inside = (at: number, [from, to]: readonly [number, number]): boolean => at >= from && at < to;
  return [...query.keys()].filter((i) => inside(key[i], keys) && inside(query[i], queries));
}

/** The map as an SVG element. */
export function drawMap(map: EntryMap, view: View, id: string, description: string): string {
  const lower = classesOf(map.eps);
  const shown = entriesIn(map, view);
  const classOf = (i: number): number =>
    Math.max(
      0,
      lower.findLastIndex((least) => map.score[i] >= least),
    );
  return drawChart({
    id,
    title: `Heavy entries, f = ${map.f}`,
    description,
    height: HEIGHT,
    xLabel: 'key (row of K)',
    yLabel: 'query (row of Q)',
    legend: legendOf(lower),
    // Queries run downwards, as rows of a matrix do.
    scales: ({ left, right, top, bottom }) => ({
      x: linear([view.keys[0], view.keys[1]], [left, right]),
      y: linear([view.queries[0], view.queries[1]], [top, bottom]),
    }),
    marks: (x, y) => {
      const size = cellSize(x, y);
      return lower
        .map((_, which) => {
          const points = shown
            .filter((i) => classOf(i) === which)
            .map((i): Point => [map.key[i] + 0.5, map.query[i] + 0.5]);
          return drawPoints(points, x, y, { class: `cells h${which}`, style: `stroke-width:${size}` });
        })
        .join('');
    },
  });
}

/** Where in the picture the entries are. */
export const mapArea = ({ eps }: EntryMap): Area => areaOf({ height: HEIGHT, legend: legendOf(classesOf(eps)) });

const legendOf = (lower: readonly number[]): LegendItem[] =>
  lower.map((least, i) => {
    const ends = [readable(least, i === 0 ? 4 : 2), readable(lower[i + 1] ?? 1, 2)];
    return { label: [...new Set(ends)].join(' – '), style: `cells h${i}` };
  });

/** The side of a cell: of one row by one row, as far as it can be seen. */
function cellSize(x: Scale, y: Scale): string {
  const side = Math.min(
    Math.abs(x.place(x.from + 1) - x.place(x.from)),
    Math.abs(y.place(y.from + 1) - y.place(y.from)),
  );
  return Math.min(MOST_CELL, Math.max(LEAST_CELL, side)).toFixed(1);
}
