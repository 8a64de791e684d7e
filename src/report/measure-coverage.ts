/** How much of the attention k keys of a head capture, where its K can be held. */

import { measureCoverage } from '../attention/coverage/measure-coverage.js';
import { holdRows } from '../rows/held-rows.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import type { HeadInput, Settled } from './measure-options.js';
import type { HeadReport } from './model.js';
import { whole } from './numbers.js';
import type { ChosenQueries } from './query-choice.js';
import { roundSizes } from './score-curves.js';

/** Bytes that coverage takes for each number of K: rows as they are held, with room to grow, and once more for each function. */
const bytesEach = (functions: number): number => 8 * (2 + functions);

/** Measures coverage, or says why there is none. */
export async function measureShares(
  { keys, mask, describeKey: describeRow }: HeadInput,
  chosen: ChosenQueries | undefined,
  { n, d }: UniversalSet,
  options: Settled,
): Promise<Pick<HeadReport, 'coverage' | 'coverageProblem'>> {
  const { memory, nonFinite, functions, scale, causal, queryOffset, eps, seed, kernels, onProgress } = options;
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
    sizes: roundSizes(held.index.length),
    functions,
    scale,
    causal,
    queryOffset,
    seed,
    kernels,
    nonFinite,
    onProgress: tell,
  });
  return { coverage, coverageProblem: undefined };
}

const mebibytes = (bytes: number): string => `${whole(Math.ceil(bytes / 2 ** 20))} MiB`;
