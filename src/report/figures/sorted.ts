/** Leverage scores from the largest to the smallest. */

import type { HeadReport } from '../model.js';
import { readable, whole } from '../numbers.js';
import { type Area, drawChart } from '../svg/chart.js';
import { drawLevel, drawLine, type Point, THRESHOLD } from '../svg/marks.js';
import { logarithmic } from '../svg/scale.js';
import type { Figure } from './figure.js';

/** Scores as small as this part of the average lie at the foot of the chart. */
const DEEPEST = 1e-4;

/** The scales of sorted scores. */
function sortedScales({ counted, rank, ranks, eps }: HeadReport, { left, right, top, bottom }: Area) {
  const average = Math.max(rank, 1) / Math.max(counted, 1);
  const least = Math.min(eps, average, Math.max(average * DEEPEST, ranks.at(-1)!.score));
  return {
    x: logarithmic([1, Math.max(2, counted)], [left, right]),
    y: logarithmic([least / 1.4, 1], [bottom, top]),
  };
}

/** The figure of sorted leverage scores. */
export function sortedFigure(head: HeadReport, id: string): Figure {
  const { counted, eps, rank, universal, ranks } = head;
  const average = rank / counted;
  const bound = ranks.map((at): Point => [at.rank, Math.min(1, rank / at.rank)]);
  const points = ranks.map((at): Point => [at.rank, at.score]);
  const caption =
    `Scores sum to the rank of K, ${whole(rank)}, so the one at place r is at most rank/r. ` +
    `A level line at the average, ${readable(average)}, would be a head on which every key matters as much as any other; ` +
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
    scales: (area) => sortedScales(head, area),
    marks: (x, y) =>
      drawLine(bound, x, y, { class: 'line s5', 'stroke-dasharray': '6 3' }) +
      drawLine(
        [1, counted].map((at): Point => [at, average]),
        x,
        y,
        { class: 'line s2', 'stroke-dasharray': '2 3' },
      ) +
      drawLine(points, x, y, { class: 'line s0' }) +
      drawLevel(eps, x, y),
  });
  const table = {
    columns: ['place', 'score', 'largest possible'],
    rows: ranks.map((at) => [at.rank, at.score, Math.min(1, rank / at.rank)]),
    note: ranks.length < counted ? `${whole(ranks.length)} of ${whole(counted)} places.` : undefined,
  };
  return { name: 'sorted', title: 'Leverage scores, sorted', caption, svg, table };
}
