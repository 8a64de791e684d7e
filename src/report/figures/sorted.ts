/** Leverage scores from the largest to the smallest. */

import type { HeadReport } from '../model.js';
import { readable, whole } from '../numbers.js';
import { drawChart } from '../svg/chart.js';
import { drawLevel, drawLine, type Point, THRESHOLD } from '../svg/marks.js';
import { logarithmic, type Scale } from '../svg/scale.js';
import type { Figure } from './figure.js';

/** Scores as small as this part of the average lie at the foot of the chart. */
const DEEPEST = 1e-4;

/** The scales of sorted scores; heads that share them can be compared. */
export function sortedScales(
  heads: readonly HeadReport[],
  [left, right]: readonly [number, number],
  [bottom, top]: readonly [number, number],
  most = 1,
): { readonly x: Scale; readonly y: Scale } {
  const n = Math.max(2, ...heads.map((head) => head.n));
  const least = Math.min(
    ...heads.map(({ counted, rank, ranks, eps }) => {
      const average = Math.max(rank, 1) / Math.max(counted, 1);
      return Math.min(eps, average, Math.max(average * DEEPEST, ranks.at(-1)!.score));
    }),
  );
  return { x: logarithmic([1, n], [left, right]), y: logarithmic([least / 1.4, most], [bottom, top]) };
}

/** A little above all scores and eps. */
export const topOf = (heads: readonly HeadReport[]): number =>
  Math.min(1, 1.4 * Math.max(...heads.map(({ eps, ranks }) => Math.max(eps, ranks[0].score))));

/** The curve of one head. */
export const sortedPoints = ({ ranks }: HeadReport): Point[] => ranks.map(({ rank, score }) => [rank, score]);

/** The figure of sorted leverage scores. */
export function sortedFigure(head: HeadReport, id: string): Figure {
  const { n, counted, eps, rank, universal, ranks } = head;
  const average = rank / counted;
  const bound = ranks.map((at): Point => [at.rank, Math.min(1, rank / at.rank)]);
  const caption =
    `Scores sum to the rank of K, ${whole(rank)}, so the one at place r is at most rank/r. ` +
    `A level line at rank/n = ${readable(average)} would be a head on which every key matters as much as any other; ` +
    `here the largest is ${readable(ranks[0].score)}, ${readable(ranks[0].score / average, 3)} times that. ` +
    `The curve crosses eps at |U| = ${whole(universal)}.`;
  const svg = drawChart({
    id: `${id}-sorted`,
    title: 'Leverage scores, sorted',
    description: caption,
    xLabel: 'place, from the largest score',
    yLabel: 'leverage score',
    legend: [
      { label: 'score', style: 'line s0' },
      { label: 'at most: rank/r', style: 'line s5', dash: '6 3' },
      { label: 'average', style: 'line s2', dash: '2 3' },
      { label: `eps = ${readable(eps)}`, ...THRESHOLD },
    ],
    scales: ({ left, right, top, bottom }) => sortedScales([head], [left, right], [bottom, top]),
    marks: (x, y) =>
      drawLine(bound, x, y, { class: 'line s5', 'stroke-dasharray': '6 3' }) +
      drawLine(
        [1, n].map((at): Point => [at, average]),
        x,
        y,
        { class: 'line s2', 'stroke-dasharray': '2 3' },
      ) +
      drawLine(sortedPoints(head), x, y, { class: 'line s0' }) +
      drawLevel(eps, x, y),
  });
  const table = {
    columns: ['place', 'score', 'largest possible'],
    rows: ranks.map((at) => [at.rank, at.score, Math.min(1, rank / at.rank)]),
    note: ranks.length < n ? `${whole(ranks.length)} of ${whole(n)} places.` : undefined,
  };
  return { name: 'sorted', title: 'Leverage scores, sorted', caption, svg, table };
}
