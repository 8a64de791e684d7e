/** The query heads that share a key head (grouped-query attention, arXiv:2305.13245), where keys are chosen and no Q is measured. */

import type { QueryHead } from '../rows/heads/head-index.js';
import { countsByLayer, inputArrays, matricesIn } from './input-arrays.js';
import { asRole, type InputOptions } from './options.js';

/**
 * The options that read the queries of each head of the group in turn; those given, alone, where there is one, or heads cannot be grouped,
 * which reading tells.
 * @param file - of queries, which can be read again
 * @param options - whose target is a head of K
 */
export async function groupOptions<T extends InputOptions>(file: string, options: T): Promise<readonly T[]> {
  const { target } = options;
  if (!target) return [options];
  const arrays = await inputArrays(file, asRole(options, 'Q'));
  if (!arrays.axes.includes('head')) return [options];
  const { heads } = countsByLayer(matricesIn(arrays))(target) ?? target.of;
  const size = heads / target.of.heads;
  if (!Number.isInteger(size) || size <= 1) return [options];
  return Array.from({ length: size }, (_, i) => {
    const own: QueryHead = { ...target, head: target.head * size + i, of: { ...target.of, heads } };
    return { ...options, target: own };
  });
}
