/** How much of the attention k keys capture, by how they are chosen. */

import { HINDSIGHT } from '../../attention/coverage/names.js';
import type { HeadAttentionCoverage, HeadCoverage, HeadFunctionCoverage, HeadReport } from '../model.js';
import { readable, whole } from '../numbers.js';
import { drawChart } from '../svg/chart.js';
import { drawLine, drawUpright, type Point, THRESHOLD } from '../svg/marks.js';
import { linear, logarithmic } from '../svg/scale.js';
import { fileName } from './entry-map.js';
import type { Figure } from './figure.js';

/** How a line is drawn. */
interface LineStyle {
  readonly style: string;
  readonly dash?: string;
  readonly width?: number;
}

/** How the lines of usual selections are drawn; the order is that of the legend. */
const STYLES: Readonly<Record<string, LineStyle>> = {
  leverage: { style: 's0', width: 2.8 },
  observed: { style: 's1', width: 2.8 },
  'centred-norm': { style: 's3', dash: '9 3 2 3' },
  'key-norm': { style: 's1', dash: '9 3 2 3' },
  'first+last': { style: 's4', dash: '4 2' },
  random: { style: 's5', dash: '2 4' },
  'best afterwards': { style: 's6' },
  'lewis:p=1': { style: 's2', dash: '7 3' },
  'lewis:p=4': { style: 's3', dash: '2 2.5' },
};

/** Of other selections, in the order in which they come. */
const OTHERS: readonly LineStyle[] = ['', '6 2', '1.5 2', '10 2 1.5 2'].flatMap((dash) =>
  ['s2', 's3', 's1', 's4', 's0'].map((style) => ({ style, width: 1.4, ...(dash && { dash }) })),
);

/** The style of each selection, in the order of the legend. */
function stylesFor(rows: readonly Row[]): Map<string, LineStyle> {
  const all = new Set(rows.map(({ selection }) => selection));
  const usual = Object.keys(STYLES).filter((selection) => all.has(selection));
  const others = [...all].filter((selection) => !(selection in STYLES));
  return new Map([
    ...usual.map((selection): [string, LineStyle] => [selection, STYLES[selection]]),
    ...others.map((selection, at): [string, LineStyle] => [selection, OTHERS[at % OTHERS.length]]),
  ]);
}

/** One row of coverage, whatever it is of. */
interface Row {
  readonly selection: string;
  readonly k: number;
}

/** For one function: of all attention, of heavy entries where there are any, and the output error where it was measured. */
export function coverageFigures({ coverage }: HeadReport, f: string, id: string): Figure[] {
  const own = coverage?.functions.find((one) => one.f === f);
  if (!coverage || !own) return [];
  return [
    ofAttention(own, coverage, id),
    ...(own.entries > 0 ? [ofEntries(own, coverage, id)] : []),
    ...(own.coverage.some(hasError) ? [ofOutput(own, coverage, id)] : []),
  ];
}

const hasError = ({ errorMedian = Number.NaN }: HeadAttentionCoverage): boolean => !Number.isNaN(errorMedian);

const WAYS: Readonly<Record<string, string>> = {
  leverage: 'by leverage score',
  observed: 'by the attention of observed queries',
  'centred-norm': 'by their distance from the mean',
  'lewis:p=1': 'by Lewis weight',
  'key-norm': 'by length',
  'first+last': 'as the first 4 and the last',
  random: 'by chance',
};

/** How keys are chosen, in words, or by the names of selections. */
function waysOf(rows: readonly Row[]): string {
  const all = [...new Set(rows.map(({ selection }) => selection))].filter(
    (selection) => selection !== HINDSIGHT && selection !== 'lewis:p=4',
  );
  const ways = [
    ...Object.keys(WAYS).filter((selection) => all.includes(selection)),
    ...all.filter((one) => !(one in WAYS)),
  ];
  return ways
    .map((selection) => WAYS[selection] ?? selection)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
}

const BEST_AFTERWARDS = `${HINDSIGHT}: those that received most of these very queries`;

function ofAttention({ f, coverage }: HeadFunctionCoverage, report: HeadCoverage, id: string): Figure {
  const title = `Attention captured by k keys, f = ${f}`;
  const caption =
    `Share of all attention, averaged over ${whole(report.queries)} queries, that falls on k keys chosen ${waysOf(coverage)}; ` +
    `${BEST_AFTERWARDS}.${report.observed > 0 ? ` ${whole(report.observed)} other queries were observed beforehand.` : ''}`;
  return figureOf(`coverage-${fileName(f)}`, title, caption, report, id, {
    rows: coverage,
    shareOf: ({ mass }) => mass,
  });
}

function ofEntries(own: HeadFunctionCoverage, report: HeadCoverage, id: string): Figure {
  const { f, coverage, entries, entryMass } = own;
  const title = `Heavy entries captured by k keys, f = ${f}`;
  const caption =
    `Share of the ${whole(entries)} entries >= ${readable(report.eps)} that fall on k keys, chosen as for attention (best afterwards: of all attention, not of these entries). ` +
    `These entries are ${readable((100 * entryMass) / report.queries, 3)} % of all attention.`;
  return figureOf(`heavy-coverage-${fileName(f)}`, title, caption, report, id, {
    rows: coverage,
    shareOf: (row) => row.heavyShare,
  });
}

function ofOutput({ f, coverage }: HeadFunctionCoverage, report: HeadCoverage, id: string): Figure {
  const title = `Output error with k keys, f = ${f}`;
  const caption =
    `How far the output of attention to k keys alone is from that of attention to all, ‖o − o_S‖ / ‖o‖: the median of ${whole(report.queries)} queries. ` +
    `Keys are chosen ${waysOf(coverage)}; ${BEST_AFTERWARDS}. The table has the mean, too.`;
  return figureOf(`output-error-${fileName(f)}`, title, caption, report, id, {
    rows: coverage.filter(hasError),
    shareOf: ({ errorMedian }) => errorMedian!,
    yLabel: 'output error, median (%)',
    columns: [
      { name: 'median', shareOf: ({ errorMedian = Number.NaN }) => errorMedian },
      { name: 'mean', shareOf: ({ errorMean = Number.NaN }) => errorMean },
    ],
  });
}

/** Without queries: of all leverage. */
export function leverageFigure({ coverage: report }: HeadReport, id: string): Figure | undefined {
  if (!report) return undefined;
  const title = 'Leverage captured by k keys';
  const caption =
    'Share of all leverage that k keys have: what they take of x² attention on average, over queries of all directions of the keys’ own space. ' +
    `Keys are chosen ${waysOf(report.keys)}.`;
  return figureOf('coverage-leverage', title, caption, report, id, {
    rows: report.keys,
    shareOf: ({ leverage }) => leverage,
  });
}

/** What a figure has curves of. */
interface Curves<T extends Row> {
  readonly rows: readonly T[];
  readonly shareOf: (row: T) => number;
  /** Left out: a share that is captured, up to 100 %. */
  readonly yLabel?: string;
  /** Numbers of the table for each selection; left out: those of the curves. */
  readonly columns?: readonly { readonly name: string; readonly shareOf: (row: T) => number }[];
}

function figureOf<T extends Row>(
  name: string,
  title: string,
  caption: string,
  { sizes, universal, n }: HeadCoverage,
  id: string,
  { rows, shareOf, yLabel, columns = [{ name: '', shareOf }] }: Curves<T>,
): Figure {
  const styles = stylesFor(rows);
  const selections = [...styles.keys()];
  const ofSelection = (selection: string): T[] => rows.filter((row) => row.selection === selection);
  const curves = selections.map((selection) => ({
    selection,
    points: ofSelection(selection).map((row): Point => [row.k, 100 * shareOf(row)]),
  }));
  const most = Math.max(...curves.flatMap(({ points }) => points.map(([, share]) => share)));
  const svg = drawChart({
    id: `${id}-${name}`,
    title,
    description: caption,
    height: 310,
    xLabel: 'keys chosen, k',
    yLabel: yLabel ?? 'share captured (%)',
    legend: [
      ...selections.map((selection) => ({
        label: selection,
        style: `line ${styles.get(selection)!.style}`,
        dash: styles.get(selection)!.dash,
      })),
      ...(universal > 0 ? [{ label: `|U| = ${whole(universal)}`, ...THRESHOLD }] : []),
    ],
    scales: ({ left, right, top, bottom }) => ({
      x: logarithmic([1, Math.max(2, n)], [left, right]),
      y: linear([0, yLabel === undefined ? 100 : 1.06 * most || 1], [bottom, top]),
    }),
    marks: (x, y) =>
      (universal > 0 ? drawUpright(universal, x, y) : '') +
      [...curves]
        .reverse()
        .map(({ selection, points }) => {
          const { style, dash, width } = styles.get(selection)!;
          const attributes = { 'stroke-dasharray': dash, style: width && `stroke-width:${width}` };
          return drawLine(points, x, y, { class: `line ${style}`, ...attributes });
        })
        .join(''),
  });
  const percents = (selection: string, k: number): number[] => {
    const row = rows.find((one) => one.selection === selection && one.k === k);
    return columns.map((column) => (row ? 100 * column.shareOf(row) : Number.NaN));
  };
  const table = {
    columns: [
      'k',
      ...selections.flatMap((selection) =>
        columns.map((column) => `${selection}${column.name && ', '}${column.name} (%)`),
      ),
    ],
    rows: sizes.map((k) => [k, ...selections.flatMap((selection) => percents(selection, k))]),
  };
  return { name, title, caption, svg, table };
}
