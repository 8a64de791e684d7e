/** Singular values of K. */

import type { SpectrumReport } from '../../sketch-file/sketch-report.js';
import type { HeadReport } from '../model.js';
import { readable, whole } from '../numbers.js';
import { drawChart } from '../svg/chart.js';
import { drawLine, drawPoints, type Point } from '../svg/marks.js';
import { linear } from '../svg/scale.js';
import type { Figure } from './figure.js';
import { scoreScale } from './score-scale.js';

/** The figure of singular values, where there is a spectrum. */
export function spectrumFigure({ spectrum, d, rank }: HeadReport, id: string): Figure | undefined {
  if (!spectrum || spectrum.singularValues[0] === 0) return undefined;
  const { singularValues, errors, residuals, condition, stableRank, resolved, unit } = spectrum;
  const units = unit === 0 ? '' : ` (in units of 2^${unit})`;
  const caption =
    `Condition ${condition === null ? 'not told: the smallest is within its error of zero' : readable(condition, 3)}, ` +
    `rank ${whole(rank)} of ${whole(d)}, stable rank (squared Frobenius norm over squared spectral norm) ${readable(stableRank, 3)}.` +
    (resolved < d ? ` Grey points are not told from zero.` : '');
  const points = singularValues.map((value, i): Point => [i + 1, value]);
  const svg = drawChart({
    id: `${id}-spectrum`,
    title: 'Singular values of K',
    description: caption,
    xLabel: 'index',
    yLabel: `singular value${units}`,
    scales: ({ left, right, top, bottom }) => ({
      x: linear([1, Math.max(2, d)], [left, right]),
      y: scoreScale(told(spectrum), singularValues[0], [bottom, top]),
    }),
    marks: (x, y) =>
      drawLine(
        points.filter((_, i) => errors[i] < 1),
        x,
        y,
        { class: 'line s0' },
      ) +
      drawPoints(
        points.filter((_, i) => errors[i] < 1),
        x,
        y,
        { class: 'dots s0', style: 'stroke-width:4' },
      ) +
      drawPoints(
        points.filter((_, i) => errors[i] === 1),
        x,
        y,
        { class: 'dots s5' },
      ),
  });
  const table = {
    columns: ['index', 'singular value', 'relative error at most', 'share of the energy up to here'],
    rows: singularValues.map((value, i) => [i + 1, value, errors[i], 1 - residuals[i + 1] / residuals[0]]),
    note: unit === 0 ? undefined : `Values are in units of 2^${unit}.`,
  };
  return { name: 'spectrum', title: 'Singular values of K', caption, svg, table };
}

/** Those that are told from zero: the others would only stretch the axis. */
const told = ({ singularValues, errors }: SpectrumReport): number[] => singularValues.filter((_, i) => errors[i] < 1);
