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
  const { n, counted, eps, universal, rank, positions } = head;
  const { step, largest } = positions;
  const single = step === 1;
  const top = largest.reduce((most, score) => Math.max(most, score), eps);
  const threshold = { label: `eps = ${readable(eps)}`, ...THRESHOLD };
  const binned = `Every ${whole(step)} rows are one bin, of which largest, median and smallest are shown. `;
  const caption =
    `The leverage score of a key is the largest share of x² attention that any query can give it. ${single ? '' : binned}` +
    `${whole(universal)} of ${whole(counted)} keys (${percent(universal / counted)}) reach ${readable(eps)} and are U; the average is rank/n = ${readable(rank / counted)}.` +
    (counted < n
      ? ` ${whole(n - counted)} rows of padding or with NaN or infinities do not count and are drawn as 0.`
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
      x: linear([0, Math.max(1, n - 1)], [left, right]),
      y: scoreScale(positions.smallest, top, [bottom, above]),
    }),
    marks: (x, y) => (single ? drawScores(largest, eps, x, y) : drawBins(positions, x, y)) + drawLevel(eps, x, y),
  });
  return { name: 'positions', title: 'Leverage scores by position', caption, svg, table: tableOf(positions, n) };
}

function drawScores(scores: Float64Array, eps: number, x: Scale, y: Scale): string {
  const points = Array.from(scores, (score, row): Point => [row, score]);
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

function drawBins({ step, largest, median, smallest }: PositionBins, x: Scale, y: Scale): string {
  const middle = (bin: number): number => (bin + 0.5) * step;
  const points = (values: Float64Array): Point[] => Array.from(values, (value, bin) => [middle(bin), value]);
  return (
    drawBand(points(largest), points(smallest), x, y, { class: 'band f5' }) +
    drawPoints(points(largest), x, y, { class: 'dots s1' }) +
    drawLine(points(median), x, y, { class: 'line s0' })
  );
}

function tableOf({ step, largest, median, smallest }: PositionBins, n: number): Figure['table'] {
  if (step === 1) return { columns: ['row', 'score'], rows: Array.from(largest, (score, row) => [row, score]) };
  return {
    columns: ['first row', 'last row', 'largest', 'median', 'smallest'],
    rows: Array.from(largest, (score, bin) => [
      bin * step,
      Math.min(n, (bin + 1) * step) - 1,
      score,
      median[bin],
      smallest[bin],
    ]),
  };
}
