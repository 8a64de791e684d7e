/** What a table of coverage shows, in numbers. */

import type { AttentionCoverage, CoverageReport, FunctionCoverage } from './measure-coverage.js';
import { HINDSIGHT } from './selections.js';

/** Shares that differ by no more than this part of the larger one, or than this much at all, count as the same. */
const SAME = 0.1;
const LEAST = 0.001;

/** What is compared, each kind of choice once: Lewis weights choose much as leverage does. */
const COMPARED = ['leverage', 'key norm', 'first+last', 'random'];

/** Scores whose largest is not this many times the average are nearly flat. */
const FLAT = 4;

/** What is compared. */
type Measure = 'mass' | 'heavyShare';

/** A selection, and what its keys capture. */
interface Captured {
  readonly selection: string;
  readonly share: number;
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

/** Shares at the smallest and the largest k, and which selection is the best at how many. */
function compareAll({ coverage }: FunctionCoverage, measure: Measure, what: string, report: CoverageReport): string {
  // With most of the keys every choice is a good one.
  const small = report.sizes.filter((k) => k <= report.n / 2);
  const sizes = small.length > 0 ? small : report.sizes;
  const shown = [...new Set([sizes[0]!, sizes.at(-1)!])].map((k) => sharesAt(coverage, measure, k));
  return `${what}. ${shown.join(' ')} ${bestOf(coverage, measure, sizes)}`;
}

/** `At k = 8: first+last 3.5 %, leverage 1.3 %; at best 6.9 %.` */
function sharesAt(coverage: readonly AttentionCoverage[], measure: Measure, k: number): string {
  const shares = ranked(coverage, measure, k).map(({ selection, share }) => `${selection} ${percent(share)}`);
  // The best afterwards are those of all attention.
  const best = measure === 'mass' ? `; at best ${percent(shareOf(coverage, measure, HINDSIGHT, k))}` : '';
  return `At k = ${k}: ${shares.join(', ')}${best}.`;
}

/** `Best: leverage at 3 of 5 k, first+last at 2.` Who is within a tenth of the best is as good. */
function bestOf(coverage: readonly AttentionCoverage[], measure: Measure, sizes: readonly number[]): string {
  const wins = new Map<string, number>();
  let even = 0;
  for (const k of sizes) {
    const [first, second] = ranked(coverage, measure, k);
    if (first!.share - second!.share > Math.max(LEAST, SAME * first!.share)) {
      wins.set(first!.selection, (wins.get(first!.selection) ?? 0) + 1);
    } else even++;
  }
  const of = `of ${sizes.length} k`;
  if (wins.size === 0) return `None is best: the first two are within a tenth at each k.`;
  const named = [...wins].sort(([, a], [, b]) => b - a).map(([selection, count]) => `${selection} at ${count}`);
  const rest = even > 0 ? `; at ${even} the first two are within a tenth` : '';
  return `Best: ${named.join(', ')} ${of}${rest}.`;
}

const shareOf = (coverage: readonly AttentionCoverage[], measure: Measure, selection: string, k: number): number =>
  coverage.find((row) => row.selection === selection && row.k === k)![measure];

/** The compared selections, the best first. */
const ranked = (coverage: readonly AttentionCoverage[], measure: Measure, k: number): Captured[] =>
  COMPARED.map((selection) => ({ selection, share: shareOf(coverage, measure, selection, k) })).sort(
    (a, b) => b.share - a.share,
  );

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
