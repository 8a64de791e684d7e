/** How much of the attention k keys capture, by how they are chosen. */

import type { CoverageReport, FunctionCoverage } from '../../attention/coverage/measure-coverage.js';
import type { HeadReport } from '../model.js';
import { readable, whole } from '../numbers.js';
import { drawChart } from '../svg/chart.js';
import { drawLine, drawUpright, type Point, THRESHOLD } from '../svg/marks.js';
import { linear, logarithmic } from '../svg/scale.js';
import { fileName } from './entry-map.js';
import type { Figure } from './figure.js';

/** How the line of a selection is drawn; the order is that of the legend. */
const STYLES: Readonly<Record<string, { readonly style: string; readonly dash?: string; readonly width?: number }>> = {
  leverage: { style: 's0', width: 2.8 },
  'key norm': { style: 's1', dash: '9 3 2 3' },
  'first+last': { style: 's4', dash: '4 2' },
  random: { style: 's5', dash: '2 4' },
  'best afterwards': { style: 's6' },
  'lewis p=1': { style: 's2', dash: '7 3' },
  'lewis p=4': { style: 's3', dash: '2 2.5' },
};

/** One row of coverage, whatever it is of. */
interface Row {
  readonly selection: string;
  readonly k: number;
}

/** For one function: of all attention, and of heavy entries where there are any. */
export function coverageFigures({ coverage }: HeadReport, f: string, id: string): Figure[] {
  const own = coverage?.functions.find((one) => one.f === f);
  if (!coverage || !own) return [];
  return [ofAttention(own, coverage, id), ...(own.entries > 0 ? [ofEntries(own, coverage, id)] : [])];
}

const SELECTIONS =
  'k keys chosen by leverage score, by Lewis weight, by length, as the first 4 and the last, or by chance; best afterwards: those that received most of these very queries.';

function ofAttention({ f, coverage }: FunctionCoverage, report: CoverageReport, id: string): Figure {
  const title = `Attention captured by k keys, f = ${f}`;
  const caption = `Share of all attention, averaged over ${whole(report.queries)} queries, that falls on ${SELECTIONS}`;
  return figureOf(`coverage-${fileName(f)}`, title, caption, coverage, ({ mass }) => mass, report, id);
}

function ofEntries({ f, coverage, entries, entryMass }: FunctionCoverage, report: CoverageReport, id: string): Figure {
  const title = `Heavy entries captured by k keys, f = ${f}`;
  const caption =
    `Share of the ${whole(entries)} entries >= ${readable(report.eps)} that fall on k keys, chosen as for attention (best afterwards: of all attention, not of these entries). ` +
    `These entries are ${readable((100 * entryMass) / report.queries, 3)} % of all attention.`;
  return figureOf(`heavy-coverage-${fileName(f)}`, title, caption, coverage, (row) => row.entries, report, id);
}

/** Without queries: of all leverage. */
export function leverageFigure({ coverage: report }: HeadReport, id: string): Figure | undefined {
  if (!report) return undefined;
  const title = 'Leverage captured by k keys';
  const caption =
    'Share of all leverage that k keys have: what they take of x² attention on average, over queries of all directions of the keys’ own space. ' +
    'Keys are chosen by leverage score, by Lewis weight, by length, as the first 4 and the last, or by chance.';
  return figureOf('coverage-leverage', title, caption, report.keys, ({ leverage }) => leverage, report, id);
}

function figureOf<T extends Row>(
  name: string,
  title: string,
  caption: string,
  rows: readonly T[],
  shareOf: (row: T) => number,
  { sizes, universal, n }: CoverageReport,
  id: string,
): Figure {
  const selections = Object.keys(STYLES).filter((selection) => rows.some((row) => row.selection === selection));
  const curves = selections.map((selection) => ({
    selection,
    points: rows.filter((row) => row.selection === selection).map((row): Point => [row.k, shareOf(row)]),
  }));
  const svg = drawChart({
    id: `${id}-${name}`,
    title,
    description: caption,
    height: 310,
    xLabel: 'keys chosen, k',
    yLabel: 'share captured (%)',
    legend: [
      ...selections.map((selection) => ({
        label: selection,
        style: `line ${STYLES[selection].style}`,
        dash: STYLES[selection].dash,
      })),
      ...(universal > 0 ? [{ label: `|U| = ${whole(universal)}`, ...THRESHOLD }] : []),
    ],
    scales: ({ left, right, top, bottom }) => ({
      x: logarithmic([1, Math.max(2, n)], [left, right]),
      y: linear([0, 100], [bottom, top]),
    }),
    marks: (x, y) =>
      (universal > 0 ? drawUpright(universal, x, y) : '') +
      [...curves]
        .reverse()
        .map(({ selection, points }) => {
          const { style, dash, width } = STYLES[selection];
          const percents = points.map(([k, share]): Point => [k, 100 * share]);
          const attributes = { 'stroke-dasharray': dash, style: width && `stroke-width:${width}` };
          return drawLine(percents, x, y, { class: `line ${style}`, ...attributes });
        })
        .join(''),
  });
  const table = {
    columns: ['k', ...selections.map((selection) => `${selection} (%)`)],
    rows: sizes.map((k, at) => [k, ...curves.map(({ points }) => 100 * points[at][1])]),
  };
  return { name, title, caption, svg, table };
}
