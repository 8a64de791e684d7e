/** How much of the attention k keys of a head capture, where its K can be held. */

import { type CoverageReport, measureCoverage, usualSelectors } from '../attention/coverage/measure-coverage.js';
import { SHARES } from '../attention/coverage/needed.js';
import { withoutObserved } from '../attention/coverage/observed-out.js';
import { holdRows } from '../rows/held-rows.js';
import { parseSelectors } from '../selectors/registry.js';
import type { ChosenSelector } from '../selectors/selector.js';
import type { HeadInput, Settled } from './measure-options.js';
import type { HeadCoverage, HeadReport } from './model.js';
import { whole } from './numbers.js';
import type { ChosenQueries } from './query-choice.js';
import { roundSizes } from './score-curves.js';

/** Bytes that coverage takes for each number of K: rows as they are held, with room to grow, and once more for each function. */
const bytesEach = (functions: number): number => 8 * (2 + functions);

/** The share of all attention that is asked for: how many keys have it? */
const WANTED_SHARE = 0.9;

/** Measures coverage, or says why there is none. */
export async function measureShares(
  { keys, mask, values, observed, describeKey: describeRow }: HeadInput,
  chosen: ChosenQueries | undefined,
  { n, d }: Pick<HeadReport, 'n' | 'd'>,
  options: Settled,
): Promise<Pick<HeadReport, 'coverage' | 'coverageProblem'>> {
  const {
    memory,
    nonFinite,
    functions,
    scale,
    causal,
    queryOffset,
    eps,
    seed,
    kernels,
    budget,
    threads,
    team,
    onProgress,
  } = options;
  const bytes = n * d * bytesEach(chosen ? functions.length : 0);
  if (bytes > memory) {
    const coverageProblem = `Coverage takes K in memory, ${mebibytes(bytes)} for all of it, where ${mebibytes(memory)} are allowed: raise --memory to have it.`;
    return { coverage: undefined, coverageProblem };
  }
  const tell = (rows: number): void => {
    const held = 8 * n * d;
    onProgress?.('coverage', rows, { bytes: rows * held, totalBytes: chosen && chosen.given * held });
  };
  tell(0);
  const held = await holdRows(keys(), { mask, nonFinite, describeRow });
  const out = observed && !observed.elsewhere ? numbersOf(observed.index, chosen) : new Float64Array(0);
  const coverage = await measureCoverage(held, chosen && withoutObserved(() => chosen.blocks(), out), {
    eps,
    by: selectorsFor(options, observed !== undefined),
    keep: options.keep,
    observed,
    observedElsewhere: true,
    sizes: roundSizes(held.index.length, budget.between),
    functions,
    scale,
    causal,
    queryOffset,
    seed,
    values: chosen && (await values?.(held)),
    kernels,
    threads,
    team,
    nonFinite,
    onProgress: tell,
  });
  const padding = coverage.padding - (coverage.functions.length > 0 ? out.length : 0);
  return { coverage: forPage({ ...coverage, padding }), coverageProblem: undefined };
}

/** Which of the chosen queries were observed: their numbers. */
function numbersOf(observed: Float64Array, chosen: ChosenQueries | undefined): Float64Array {
  const rows = new Set(observed);
  return Float64Array.from({ length: chosen?.given ?? 0 }, (_, number) => number).filter((number) =>
    rows.has(chosen!.rowOf(number)),
  );
}

/** What is asked for, or the usual selections, with Lewis weights where these are. */
function selectorsFor({ by, lewis }: Settled, observed: boolean): readonly ChosenSelector[] {
  const usual = by ?? parseSelectors(usualSelectors(observed).join(','));
  const named = new Set(usual.map(({ name }) => name));
  return lewis ? [...usual, ...parseSelectors('lewis:p=1,lewis:p=4').filter(({ name }) => !named.has(name))] : usual;
}

/** What the page shows. */
const forPage = (report: CoverageReport): HeadCoverage => ({
  ...report,
  functions: report.functions.map((own) => ({
    ...own,
    coverage: own.coverage.map(({ selection, k, mass, heavyShare, error }) => ({
      selection,
      k,
      mass,
      heavyShare,
      errorMedian: error?.median,
      errorMean: error?.mean,
    })),
    needed: own.needed.map(({ selection, k }) => ({ selection, k: k[SHARES.indexOf(WANTED_SHARE)]! })),
  })),
});

const mebibytes = (bytes: number): string => `${whole(Math.ceil(bytes / 2 ** 20))} MiB`;
