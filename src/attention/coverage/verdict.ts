/** What a table of coverage shows, in plain words. */

import type { AttentionCoverage, CoverageReport, FunctionCoverage } from './measure-coverage.js';

/** Shares that differ by no more than this part of the larger one, or than this much at all, count as the same. */
const SAME = 0.1;
const LEAST = 0.001;

/** What leverage must beat to be worth its while. */
const SIMPLE = ['random', 'key norm', 'first+last'];

/** Scores whose largest is not this many times the average are nearly flat. */
const FLAT = 4;

/** What is compared. */
type Measure = 'mass' | 'heavyShare';

/** How leverage compares with another way to choose. */
interface Comparison {
  readonly rival: string;
  /** Sizes at which it captures more, and less. */
  readonly more: readonly number[];
  readonly less: readonly number[];
  /** What the rival captures more, summed over sizes. */
  readonly behind: number;
}

/** The closing lines: one on the scores; and for each function one on all attention, and one on heavy entries if there are any. */
export function verdictOf(report: CoverageReport): string[] {
  const { unevenness, functions, eps } = report;
  const flat = unevenness < FLAT ? ': scores are nearly flat.' : '.';
  return [
    `The largest leverage score is ${unevenness.toPrecision(3)} times the average${flat}`,
    ...functions.flatMap((own) => [
      compareAll(own, 'mass', `${own.f}, all attention`, report),
      ...(own.entries > 0 ? [compareAll(own, 'heavyShare', `${own.f}, entries >= ${eps}`, report)] : []),
    ]),
  ];
}

function compareAll({ coverage }: FunctionCoverage, measure: Measure, what: string, report: CoverageReport): string {
  // With most of the keys every choice is a good one.
  const small = report.sizes.filter((k) => k <= report.n / 2);
  const sizes = small.length > 0 ? small : report.sizes;
  const comparisons = SIMPLE.map((rival) => compare(coverage, measure, rival, sizes));
  const words = comparisons.map((comparison) => inWords(comparison, sizes));
  return `${what}: leverage captures ${words.join('; ')}. ${conclusion(comparisons, sizes)}`;
}

function compare(
  coverage: readonly AttentionCoverage[],
  measure: Measure,
  rival: string,
  sizes: readonly number[],
): Comparison {
  const share = (selection: string, k: number): number =>
    coverage.find((row) => row.selection === selection && row.k === k)![measure];
  const isMore = (a: number, b: number): boolean => a - b > Math.max(LEAST, SAME * a);
  return {
    rival,
    more: sizes.filter((k) => isMore(share('leverage', k), share(rival, k))),
    less: sizes.filter((k) => isMore(share(rival, k), share('leverage', k))),
    behind: sizes.reduce((sum, k) => sum + share(rival, k) - share('leverage', k), 0),
  };
}

function inWords({ rival, more, less }: Comparison, sizes: readonly number[]): string {
  const parts = [
    more.length > 0 ? `more than ${rival}${where(more, sizes)}` : '',
    less.length > 0 ? `less than ${rival}${where(less, sizes)}` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(', ') : `as much as ${rival}, within a tenth`;
}

/** At which sizes; nothing where at all. */
function where(at: readonly number[], sizes: readonly number[]): string {
  if (at.length === sizes.length) return '';
  if (at.length > 1 && at[0] === sizes.at(-at.length)) return ` from k = ${at[0]} on`;
  if (at.length > 1 && at.at(-1) === sizes[at.length - 1]) return ` up to k = ${at.at(-1)}`;
  return ` at k = ${at.join(', ')}`;
}

function conclusion(comparisons: readonly Comparison[], sizes: readonly number[]): string {
  const better = comparisons.filter(({ more, less }) => less.length > more.length);
  if (better.length > 0) {
    const [best] = better.sort((a, b) => b.behind - a.behind);
    return `On this head ${best.rival} is the better choice for this.`;
  }
  if (comparisons.every(({ more }) => 2 * more.length >= sizes.length)) {
    return 'On this head leverage is the better choice for this.';
  }
  return 'On this head leverage makes little difference for this.';
}
