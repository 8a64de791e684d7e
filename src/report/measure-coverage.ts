/** How much of the attention k keys of a head capture, where its K can be held. */

import { type CoverageReport, measureCoverage } from '../attention/coverage/measure-coverage.js';
import { holdRows } from '../rows/held-rows.js';
import type { HeadInput, Settled } from './measure-options.js';
import type { HeadCoverage, HeadReport } from './model.js';
import { whole } from './numbers.js';
import type { ChosenQueries } from './query-choice.js';
import { roundSizes } from './score-curves.js';

/** Bytes that coverage takes for each number of K: rows as they are held, with room to grow, and once more for each function. */
const bytesEach = (functions: number): number => 8 * (2 + functions);

/** The share of all attention that is asked for: how many keys have it? */
export const WANTED_SHARE = 0.9;

/** Measures coverage, or says why there is none. */
export async function measureShares(
  { keys, mask, describeKey: describeRow }: HeadInput,
  chosen: ChosenQueries | undefined,
  { n, d }: Pick<HeadReport, 'n' | 'd'>,
  options: Settled,
): Promise<Pick<HeadReport, 'coverage' | 'coverageProblem'>> {
  const { memory, nonFinite, functions, scale, causal, queryOffset, eps, seed, kernels, budget, onProgress } = options;
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
  const coverage = await measureCoverage(held, chosen?.blocks(), {
    eps,
    sizes: roundSizes(held.index.length, budget.between),
    shares: [WANTED_SHARE],
    functions,
    scale,
    causal,
    queryOffset,
    seed,
    kernels,
    nonFinite,
    onProgress: tell,
  });
  return { coverage: options.lewis ? coverage : withoutLewis(coverage), coverageProblem: undefined };
}

/** Lewis weights choose nearly the same keys as leverage on most heads: their lines hide one another. */
function withoutLewis(report: CoverageReport): HeadCoverage {
  const told = <T extends { readonly selection: string }>(rows: readonly T[]): T[] =>
    rows.filter(({ selection }) => !selection.startsWith('lewis'));
  return {
    ...report,
    keys: told(report.keys),
    functions: report.functions.map((own) => ({
      ...own,
      coverage: told(own.coverage),
      needed: own.needed && told(own.needed),
    })),
  };
}

const mebibytes = (bytes: number): string => `${whole(Math.ceil(bytes / 2 ** 20))} MiB`;
