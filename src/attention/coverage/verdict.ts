/** What a table of coverage shows, in a few lines of numbers. */

import type { KeptKeys } from '../../selectors/order.js';
import type { AttentionCoverage, CoverageReport, FunctionCoverage } from './measure-coverage.js';
import { HINDSIGHT, MUCH } from './names.js';
import { WINDOW } from './selections.js';

/** Shares that differ by no more than this part of the larger one, or than this much at all, count as the same. */
const SAME = 0.1;
const LEAST = 0.001;

/** Scores whose largest is not this many times the average are nearly flat. */
const FLAT = 4;

/** Which share is compared. */
type Share = 'mass' | 'heavyShare';

/** What is judged of a report of coverage. */
export interface JudgedCoverage extends Pick<CoverageReport, 'n' | 'eps' | 'unevenness' | 'sizes'> {
  readonly functions: readonly JudgedFunction[];
  /** Keys that every selection keeps. */
  readonly keep?: KeptKeys | null | undefined;
}

/** The same of one function. */
export interface JudgedFunction extends Pick<FunctionCoverage, 'f' | 'entries'> {
  readonly coverage: readonly JudgedRow[];
  readonly perQuery?: FunctionCoverage['perQuery'] | undefined;
}

/** The same of one selection of k keys. */
export type JudgedRow = Pick<AttentionCoverage, 'selection' | 'k' | 'mass' | 'heavyShare'> &
  Partial<Pick<AttentionCoverage, 'error' | 'normaliser'>>;

/** What selections capture with k keys, from the most on. */
interface Ranking {
  readonly k: number;
  readonly shares: readonly { readonly selection: string; readonly share: number; readonly place: number }[];
}

/**
 * The closing lines: one on the scores; and for each function one on all attention, one on heavy entries if there are any, and one on what
 * any fixed set could have.
 */
export function verdictOf(report: JudgedCoverage): string[] {
  const { unevenness, functions, eps } = report;
  const flat = unevenness < FLAT ? ': scores are nearly flat.' : '.';
  return [
    `The largest leverage score is ${unevenness.toPrecision(3)} times the average${flat}`,
    ...functions.flatMap((own) => [
      compared(own, 'mass', `${own.f}, all attention`, report),
      ...(own.entries > 0 ? [compared(own, 'heavyShare', `${own.f}, entries >= ${eps}`, report)] : []),
      ...fixedSets(own, report),
      ...weights(own),
    ]),
  ];
}

function compared(own: JudgedFunction, share: Share, what: string, report: JudgedCoverage): string {
  const rankings = smallSizes(report).map((k) => rank(own.coverage, share, k));
  return `${what}: ${ends(rankings).map(spell).join('; ')}. Best: ${best(rankings)}.`;
}

/** With most of the keys every choice is a good one. */
function smallSizes({ sizes, n }: JudgedCoverage): readonly number[] {
  const small = sizes.filter((k) => k <= n / 2);
  return small.length > 0 ? small : sizes;
}

function rank(coverage: readonly JudgedRow[], of: Share, k: number): Ranking {
  const shares = coverage
    .filter((row) => row.k === k && row.selection !== HINDSIGHT && !row.normaliser)
    .map((row, place) => ({ selection: row.selection, share: row[of], place }));
  return { k, shares: shares.sort((a, b) => b.share - a.share) };
}

/** What the best fixed set of k keys has, and what each query's own best k have. */
export interface FixedSets {
  readonly k: number;
  readonly best: number;
  readonly own: number;
  /** Whether no fixed set of k keys will do, as each query has keys of its own. */
  readonly perQuery: boolean;
}

/** The same at the least k of those that were measured at which each query's own keys have half of all attention, or at the largest. */
export function fixedSetsOf(
  { coverage, perQuery = [] }: JudgedFunction,
  report: JudgedCoverage,
): FixedSets | undefined {
  const sizes = smallSizes(report);
  const bestOf = (size: number) => coverage.find(({ k, selection }) => k === size && selection === HINDSIGHT)?.mass;
  const known = perQuery.flatMap(({ k, mass: own }) => {
    const best = sizes.includes(k) ? bestOf(k) : undefined;
    return best === undefined || Number.isNaN(own) ? [] : [{ k, best, own, perQuery: own >= MUCH && best < own / 2 }];
  });
  return known.find(({ own }) => own >= MUCH) ?? known.at(-1);
}

/** Whether a fixed set of keys could do at all, and how near the selections come to the best one. */
function fixedSets(judged: JudgedFunction, report: JudgedCoverage): string[] {
  const found = fixedSetsOf(judged, report);
  if (!found) return [];
  const { k, best, own, perQuery } = found;
  const facts = `${judged.f}, fixed sets: each query's own ${k} keys have ${percent(own)}, the best ${k} for all of them ${percent(best)}`;
  const [first] = rank(judged.coverage, 'mass', k).shares;
  if (perQuery) {
    // What is kept of the last keys is others for each query.
    const moving =
      first && first.share > best ? ` ${movingName(first.selection, report.keep)} has ${percent(first.share)}.` : '';
    return [`${facts}: attention is per query here, no fixed set of ${k} keys will do.${moving}`];
  }
  const chosen = first && best > 0 ? `; ${first.selection} has ${(first.share / best).toPrecision(2)} of that` : '';
  const spread =
    best < (2 * k) / report.n ? ` Attention is spread: ${k} keys are ${percent(k / report.n)} of all.` : '';
  return [`${facts}${chosen}.${spread}`];
}

/** What of a selection moves with the query: all of first+last, of others the last keys that are kept. */
const movingName = (selection: string, keep: KeptKeys | null | undefined): string =>
  selection === WINDOW || !keep
    ? `${selection}, which moves with the query,`
    : `${selection}, with the last ${keep.last} keys that each query sees,`;

/** What weighted keys come to, beside plain choices of as many. */
function weights({ f, coverage }: JudgedFunction): string[] {
  return coverage.flatMap(({ selection, k, error, normaliser }) => {
    if (!normaliser) return [];
    const off = `the denominator is off by ${percent(normaliser.median)} in the median`;
    const plain = coverage.filter(
      (row) => row.k === k && row.error && !row.normaliser && !Number.isNaN(row.error.median),
    );
    const best = plain.sort((a, b) => a.error!.median - b.error!.median)[0];
    if (!error || !best) return [`${f}, weighted: ${selection} with ${k} keys: ${off}.`];
    const own = error.median < best.error!.median ? 'weights do better' : 'weights do no better';
    return [
      `${f}, weighted: ${selection} with ${k} keys has a median output error of ${error.median.toPrecision(2)}, the best plain choice of as many, ${best.selection}, ${best.error!.median.toPrecision(2)}: ${own}; ${off}.`,
    ];
  });
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
  const names = same.toSorted((a, b) => a.place - b.place).map(({ selection }) => selection);
  return names.join(', ').replace(/, ([^,]*)$/, ' and $1');
}

function where(from: number, to: number, at: number, count: number): string {
  if (to === from) return `at k = ${to}`;
  if (at === 0) return `up to k = ${to}`;
  return at === count - 1 ? `from k = ${from} on` : `from k = ${from} to ${to}`;
}
