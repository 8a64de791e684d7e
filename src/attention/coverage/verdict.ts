/** What a table of coverage shows, in a few lines of numbers. */

import type { AttentionCoverage, CoverageReport, FunctionCoverage } from './measure-coverage.js';

/** Shares that differ by no more than this part of the larger one, or than this much at all, count as the same. */
const SAME = 0.1;
const LEAST = 0.001;

/** What is compared: leverage, and what it must beat to be worth its while. */
const LEVERAGE = 'leverage';
const COMPARED = [LEVERAGE, 'random', 'key norm', 'first+last'];

/** Scores whose largest is not this many times the average are nearly flat. */
const FLAT = 4;

/** Which share is compared. */
type Share = 'mass' | 'heavyShare';

/** What is judged of a report of coverage. */
export interface JudgedCoverage extends Pick<CoverageReport, 'n' | 'eps' | 'unevenness' | 'sizes'> {
  readonly functions: readonly JudgedFunction[];
}

/** The same of one function. */
export interface JudgedFunction extends Pick<FunctionCoverage, 'f' | 'entries'> {
  readonly coverage: readonly JudgedRow[];
}

/** The same of one selection of k keys. */
export type JudgedRow = Pick<AttentionCoverage, 'selection' | 'k' | 'mass' | 'heavyShare'>;

/** What selections capture with k keys, from the most on. */
interface Ranking {
  readonly k: number;
  readonly shares: readonly { readonly selection: string; readonly share: number }[];
}

/** The closing lines: one on the scores; and for each function one on all attention, and one on heavy entries if there are any. */
export function verdictOf(report: JudgedCoverage): string[] {
  const { unevenness, functions, eps } = report;
  const flat = unevenness < FLAT ? ': scores are nearly flat.' : '.';
  return [
    `The largest leverage score is ${unevenness.toPrecision(3)} times the average${flat}`,
    ...functions.flatMap((own) => [
      compared(own, 'mass', `${own.f}, all attention`, report),
      ...(own.entries > 0 ? [compared(own, 'heavyShare', `${own.f}, entries >= ${eps}`, report)] : []),
    ]),
  ];
}

function compared({ coverage }: JudgedFunction, share: Share, what: string, { sizes, n }: JudgedCoverage): string {
  // With most of the keys every choice is a good one.
  const small = sizes.filter((k) => k <= n / 2);
  const rankings = (small.length > 0 ? small : sizes).map((k) => rank(coverage, share, k));
  return `${what}: ${ends(rankings).map(spell).join('; ')}. Best: ${best(rankings)}.`;
}

function rank(coverage: readonly JudgedRow[], of: Share, k: number): Ranking {
  const shares = COMPARED.map((selection) => ({
    selection,
    share: coverage.find((row) => row.selection === selection && row.k === k)![of],
  }));
  return { k, shares: shares.sort((a, b) => b.share - a.share) };
}

/** The first, the middle and the last. */
const ends = (rankings: readonly Ranking[]): Ranking[] =>
  [...new Set([0, (rankings.length - 1) >> 1, rankings.length - 1])].map((at) => rankings[at]);

const spell = ({ k, shares }: Ranking): string =>
  `at k = ${k} ${shares.map(({ selection, share }) => `${selection} ${percent(share)}`).join(', ')}`;

/** Three digits; two below 10 %. */
const percent = (share: number): string => `${Number((100 * share).toPrecision(share < 0.1 ? 2 : 3))} %`;

/** Which selection captures most, from which k on: `first+last up to k = 32, leverage from k = 64 on`. */
function best(rankings: readonly Ranking[]): string {
  const runs: { readonly name: string; readonly from: number; to: number }[] = [];
  for (const ranking of rankings) {
    const name = leaders(ranking);
    const last = runs.at(-1);
    if (last?.name === name) last.to = ranking.k;
    else runs.push({ name, from: ranking.k, to: ranking.k });
  }
  if (runs.length === 1) return runs[0].name;
  return runs.map(({ name, from, to }, at) => `${name} ${where(from, to, at, runs.length)}`).join(', ');
}

/** The selection that captures most, and those that capture as much within a tenth. */
function leaders({ shares }: Ranking): string {
  const [{ share: most }] = shares;
  const same = shares.filter(({ share }) => most - share <= Math.max(LEAST, SAME * most));
  if (same.length === shares.length) return 'none by more than a tenth';
  const names = COMPARED.filter((name) => same.some(({ selection }) => selection === name));
  return names.join(', ').replace(/, ([^,]*)$/, ' and $1');
}

function where(from: number, to: number, at: number, count: number): string {
  if (to === from) return `at k = ${to}`;
  if (at === 0) return `up to k = ${to}`;
  return at === count - 1 ? `from k = ${from} on` : `from k = ${from} to ${to}`;
}
