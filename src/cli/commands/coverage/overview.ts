/** Coverage of several heads for people: a row a head, the best and the worst head, and what keeps 90 % on all of them. */

import type { FunctionCoverage } from '../../../attention/coverage/measure-coverage.js';
import { HINDSIGHT } from '../../../attention/coverage/names.js';
import { SHARES } from '../../../attention/coverage/needed.js';
import { fixedSetsOf } from '../../../attention/coverage/verdict.js';
import { count } from '../../../text.js';
import type { HeadReport } from '../../terminal/head-reports.js';
import { aligned, type CoverageOfHead, percent, spellError, spellNeeded } from './output.js';
import { spellHeads } from './spell-heads.js';

/** What the table shows: beside the best afterwards the first selection that was measured on all heads. */
export interface OverviewOptions {
  /** Numbers of keys whose shares are shown. */
  readonly sizes: readonly number[];
}

/** One function on one head. */
interface Row {
  /** `layer 3, head 5`. */
  readonly label: string;
  readonly coordinates: readonly number[];
  readonly n: number;
  readonly coverage: FunctionCoverage;
  readonly report: CoverageOfHead;
}

/** A table for each function, with its closing lines. */
export function overviewText(heads: readonly HeadReport<CoverageOfHead>[], options: OverviewOptions): string {
  const [first] = heads;
  if (first === undefined) return '';
  return first.report.functions
    .map((_, at) =>
      functionText(
        heads.map(({ label, coordinates, report }) => ({
          label,
          coordinates: Object.values(coordinates),
          n: report.n,
          coverage: report.functions[at]!,
          report,
        })),
        Object.keys(first.coordinates),
        options,
      ),
    )
    .join('\n');
}

function functionText(rows: readonly Row[], axes: readonly string[], { sizes }: OverviewOptions): string {
  const { f, coverage, needed } = rows[0]!.coverage;
  const by = needed.find(({ selection }) => rows.every((row) => neededOf(row, selection)))!.selection;
  const shown = sizes.filter((k) => rows.every((row) => shareOf(row, by, k) !== undefined));
  const errors = coverage.some(({ error }) => error);
  const head = [
    ...axes,
    'n',
    ...SHARES.map((share) => `${100 * share} %`),
    ...SHARES.map((share) => `best ${100 * share} %`),
    ...shown.flatMap((k) => [`k = ${k}`, 'best', ...(errors ? ['error', 'best'] : [])]),
  ];
  const lines = rows.map((row) => [
    ...row.coordinates.map(String),
    count(row.n),
    ...neededOf(row, by)!.map(spellNeeded),
    ...neededOf(row, HINDSIGHT)!.map(spellNeeded),
    ...shown.flatMap((k) => {
      const [own, best] = [shareOf(row, by, k)!, shareOf(row, HINDSIGHT, k)!];
      const shares = [percent(own.mass), percent(best.mass)];
      return errors
        ? [...shares, spellError(own.error?.median ?? Number.NaN), spellError(best.error?.median ?? Number.NaN)]
        : shares;
    }),
  ]);
  const title = [
    `${f}: keys that keep 90, 95 and 99 % of the attention, chosen by ${by} and at best (${HINDSIGHT})`,
    ...(shown.length > 0
      ? [`; % of the attention that k keys keep${errors ? ', and the median relative error of the output' : ''}`]
      : []),
  ].join('');
  return `${title}\n${aligned([head, ...lines], 0)}${closing(rows, axes, by)}`;
}

const neededOf = ({ coverage }: Row, by: string): readonly number[] | undefined =>
  coverage.needed.find(({ selection }) => selection === by)?.k;

const shareOf = ({ coverage }: Row, by: string, k: number) =>
  coverage.coverage.find((row) => row.selection === by && row.k === k);

/** The heads that need the fewest and the most of their keys for 90 %, how many keys all of them need, and where no fixed set will do. */
function closing(rows: readonly Row[], axes: readonly string[], by: string): string {
  const lines: string[] = [];
  const least = (row: Row, selection: string): number => neededOf(row, selection)![0]!;
  const total = (selection: string): number => rows.reduce((sum, row) => sum + least(row, selection), 0);
  // Where no query gives anything, no key is needed.
  const counted = rows.filter((row) => least(row, HINDSIGHT) > 0);
  if (counted.length === 0) return '';
  const keys = rows.reduce((sum, row) => sum + row.n, 0);
  const onAll = `To keep 90 % on each of ${count(rows.length)} heads:`;
  const atBest = `${spellPart(total(HINDSIGHT), keys)} at best.`;
  if (counted.every((row) => least(row, by) > 0)) {
    const part = (row: Row): number => least(row, by) / row.n;
    const sorted = [...counted].sort((a, b) => part(a) - part(b));
    const spell = (row: Row): string => `${row.label}: ${spellPart(least(row, by), row.n)}`;
    lines.push(
      `For 90 % by ${by}: fewest keys on ${spell(sorted[0]!)}; most on ${spell(sorted.at(-1)!)}.`,
      `${onAll} ${spellPart(total(by), keys)} by ${by}, ${atBest}`,
    );
  } else lines.push(`${onAll} ${atBest}`);
  const own = rows.filter(({ coverage, report }) => fixedSetsOf(coverage, report)?.perQuery);
  if (own.length > 0) {
    const places = spellHeads(
      axes,
      own.map(({ coordinates }) => coordinates),
    );
    lines.push(`On ${count(own.length)} of them attention is per query, and no fixed set will do: ${places}.`);
  }
  return `${lines.join('\n')}\n`;
}

const spellPart = (k: number, n: number): string =>
  `${count(k)} of ${count(n)} keys (${((100 * k) / n).toPrecision(3)} %)`;
