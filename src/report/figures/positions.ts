/** Leverage scores along K. */

import type { HeadReport, PositionBins } from '../model.js';
import { percent, readable, whole } from '../numbers.js';
import { drawChart } from '../svg/chart.js';
import { drawBand, drawLevel, drawLine, drawPoints, type Point, THRESHOLD } from '../svg/marks.js';
import { linear, type Scale } from '../svg/scale.js';
import type { Figure } from './figure.js';
import { scoreScale } from './score-scale.js';

/** The figure of leverage scores by position. */
export function positionsFigure(head: HeadReport, id: string): Figure {
  const { n, counted, eps, universal, rank, positions, range: [first, end] = [0, n] } = head;
  const { step } = positions;
  const single = step === 1;
  const top = Math.max(eps, head.ranks[0].score);
  const threshold = { label: `eps = ${readable(eps)}`, ...THRESHOLD };
  const binned = `Every ${whole(step)} rows are one bin, of which largest, median and smallest are shown. `;
  const caption =
    `The leverage score of a key is the largest share of x² attention that any query can give it. ${single ? '' : binned}` +
    `${whole(universal)} of ${whole(counted)} keys (${percent(universal / counted)}) reach ${readable(eps)} and are U; the average is ${readable(rank / counted)}.` +
    (counted < n
      ? ` ${whole(n - counted)} rows of padding or with NaN, infinities or missing values do not count and are left out.`
      : '');
  const svg = drawChart({
    id: `${id}-positions`,
    title: 'Leverage scores by position',
    description: caption,
    xLabel: 'row of K',
    yLabel: 'leverage score',
    legend: single
      ? [{ label: 'in U', style: 'dots s1' }, { label: 'other keys', style: 'dots s0' }, threshold]
      : [{ label: 'largest of a bin', style: 'dots s1' }, { label: 'median', style: 'line s0' }, threshold],
    scales: ({ left, right, top: above, bottom }) => ({
      x: linear([first, Math.max(first + 1, end - 1)], [left, right]),
      y: scoreScale(positions.smallest, top, [bottom, above]),
    }),
    marks: (x, y) => (single ? drawScores(positions, eps, x, y) : drawBins(positions, x, y)) + drawLevel(eps, x, y),
  });
  return { name: 'positions', title: 'Leverage scores by position', caption, svg, table: tableOf(positions, end) };
}

function drawScores({ start = 0, largest }: PositionBins, eps: number, x: Scale, y: Scale): string {
  const points = Array.from(largest, (score, at): Point => [start + at, score]);
  return (
    drawPoints(
      points.filter(([, score]) => score < eps),
      x,
      y,
      { class: 'dots s0' },
    ) +
    drawPoints(
      points.filter(([, score]) => score >= eps),
      x,
      y,
      { class: 'dots s1' },
    )
  );
}

function drawBins({ start = 0, step, largest, median, smallest }: PositionBins, x: Scale, y: Scale): string {
  const points = (values: Float64Array): Point[] =>
    Array.from(values, (value, bin): Point => [start + (bin + 0.5) * step, value]);
  const counting = (values: Float64Array): Point[] => points(values).filter(([, value]) => !Number.isNaN(value));
  return (
    drawBand(counting(largest), counting(smallest), x, y, { class: 'band f5' }) +
    drawPoints(counting(largest), x, y, { class: 'dots s1' }) +
    drawLine(points(median), x, y, { class: 'line s0' })
  );
}

/** @param end - the row that no row counts from on */
function tableOf({ start = 0, step, largest, median, smallest }: PositionBins, end: number): Figure['table'] {
  const counting = [...largest.keys()].filter((bin) => !Number.isNaN(largest[bin]));
  if (step === 1) return { columns: ['row', 'score'], rows: counting.map((at) => [start + at, largest[at]]) };
  return {
    columns: ['first row', 'last row', 'largest', 'median', 'smallest'],
    rows: counting.map((bin) => [
      start + bin * step,
      Math.min(end, start + (bin + 1) * step) - 1,
      largest[bin],
      median[bin],
      smallest[bin],
    ]),
  };
}
