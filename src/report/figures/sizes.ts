/** |U| against eps, with the theorem's bound. */

import type { HeadReport } from '../model.js';
import { readable, whole } from '../numbers.js';
import { drawChart } from '../svg/chart.js';
import { drawLine, drawPoints, drawUpright, type Point, THRESHOLD } from '../svg/marks.js';
import { logarithmic } from '../svg/scale.js';
import type { Figure } from './figure.js';

/** The figure of |U| by eps. */
export function sizesFigure(head: HeadReport, id: string): Figure {
  const { counted, d, eps, rank, universal, sizes } = head;
  const deficient = rank < d ? ` (rank ${whole(rank)}, below d = ${whole(d)})` : '';
  const caption =
    `How many keys can ever reach a score of eps. The theorem bounds it by rank/eps${deficient}, and there are ${whole(counted)} keys; ` +
    `at eps = ${readable(eps)} it is ${whole(universal)} where the bound is ${whole(Math.floor(Math.min(counted, rank / eps)))}.`;
  const svg = drawChart({
    id: `${id}-sizes`,
    title: '|U| against eps',
    description: caption,
    xLabel: 'eps',
    yLabel: 'keys in U',
    legend: [
      { label: `|U|: ${whole(universal)} at eps`, style: 'line s0' },
      { label: `theorem: ${rank === d ? 'd' : 'rank'}/eps, at most all keys`, style: 'line s5', dash: '6 3' },
      { label: `eps = ${readable(eps)}`, ...THRESHOLD },
    ],
    scales: ({ left, right, top, bottom }) => ({
      x: logarithmic([sizes[0].eps, 1], [left, right]),
      y: logarithmic([1, Math.max(2, counted)], [bottom, top]),
    }),
    marks: (x, y) =>
      drawLine(
        sizes.map((at): Point => [at.eps, at.bound]),
        x,
        y,
        { class: 'line s5', 'stroke-dasharray': '6 3' },
      ) +
      // No key is no place on this axis.
      drawLine(
        sizes.map(({ eps: at, size }): Point => [at, size > 0 ? size : Number.NaN]),
        x,
        y,
        { class: 'line s0' },
      ) +
      drawUpright(eps, x, y) +
      (universal > 0 ? drawPoints([[eps, universal]], x, y, { class: 'dots s1', style: 'stroke-width:7' }) : ''),
  });
  const table = {
    columns: ['eps', '|U|', 'bound'],
    rows: sizes.map((at) => [at.eps, at.size, at.bound]),
  };
  return { name: 'sizes', title: '|U| against eps', caption, svg, table };
}
