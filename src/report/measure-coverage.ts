/** How much of the attention k keys of a head capture, where its K can be held. */

import { type CoverageReport, measureCoverage } from '../attention/coverage/measure-coverage.js';
import { SHARES } from '../attention/coverage/needed.js';
import { SELECTIONS } from '../attention/coverage/selections.js';
import { holdRows } from '../rows/held-rows.js';
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
  { keys, mask, values, describeKey: describeRow }: HeadInput,
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
    lewis,
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
  const coverage = await measureCoverage(held, chosen && (() => chosen.blocks()), {
    eps,
    sizes: roundSizes(held.index.length, budget.between),
    // Lewis weights choose nearly the same keys as leverage on most heads, take several passes over K, and hide its lines.
    selections: lewis ? undefined : SELECTIONS.filter((name) => !name.startsWith('lewis')),
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
  return { coverage: forPage(coverage), coverageProblem: undefined };
}

/** What the page shows. */
function forPage(report: CoverageReport): HeadCoverage {
  return {
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
  };
}

const mebibytes = (bytes: number): string => `${whole(Math.ceil(bytes / 2 ** 20))} MiB`;
