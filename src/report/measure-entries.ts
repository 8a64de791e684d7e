/** Heavy entries of a head, for each function. */

import { exactHeavyEntries } from '../entries/exact/exact-heavy-entries.js';
import type { ScoringFunction } from '../functions.js';
import { LargestEntries } from './largest-entries.js';
import type { HeadInput, Settled } from './measure-options.js';
import type { EntryMap, HeadReport, QueryReport } from './model.js';
import type { ChosenQueries } from './query-choice.js';

/** Finds the heavy entries of the chosen queries. */
export async function measureEntries(
  input: HeadInput,
  chosen: ChosenQueries,
  { n, range = [0, n] }: Pick<HeadReport, 'n' | 'range'>,
  options: Settled,
): Promise<QueryReport> {
  const { rows, padding, counted, used } = chosen;
  const within = { keys: range, queries: chosen.range };
  const maps: EntryMap[] = [];
  for (const f of options.functions) {
    maps.push({ ...(await entryMap(f, input, chosen, n, options)), counted: within });
  }
  return { rows, padding, counted, used, causal: options.causal ?? false, maps };
}

async function entryMap(
  f: ScoringFunction,
  { keys, mask, describeKey }: HeadInput,
  { rows, d, blocks, rowOf }: ChosenQueries,
  n: number,
  options: Settled,
): Promise<EntryMap> {
  const { eps, kernels, threads, memory, causal, queryOffset, nonFinite, onProgress } = options;
  const { scale = f.defaultScale(d) } = options;
  const found = new LargestEntries(options.budget.entries);
  const batches = exactHeavyEntries({
    keys,
    mask,
    queries: blocks(),
    eps,
    f,
    scale,
    kernels,
    threads,
    memory,
    causal,
    queryOffset,
    nonFinite,
    describeKey,
    onProgress: ({ keys: done }) => onProgress?.('entries', done),
  });
  for await (const batch of batches) found.add(batch);
  const entries = found.sorted();
  return {
    f: f.name,
    scale,
    eps,
    queries: rows,
    keys: n,
    count: found.count,
    query: entries.map(({ query }) => rowOf(query)),
    key: entries.map(({ key }) => key),
    score: entries.map(({ score }) => score),
  };
}
