/** Queries that a coreset is measured on: some of `--queries` that it was not chosen by, where there are any. */

import { withoutObserved } from '../../../attention/coverage/observed-out.js';
import type { ErrorSummary } from '../../../attention/coverage/output-errors.js';
import type { StandingErrors } from '../../../attention/streamed-attention.js';
import { withoutIds } from '../../../input/options.js';
import { type KeysBeside, queriesInput } from '../../../input/queries-input.js';
import { groupOptions } from '../../../input/query-group.js';
import { groupQueries, type ObservedQueries, pickQueries } from '../../../selectors/observed-queries.js';
import { count } from '../../../text.js';
import type { Logger } from '../../terminal/log.js';
import type { Observed } from '../selection/observed.js';
import type { SoftmaxCoresetOptions } from './options.js';

/** How many are measured on. */
const SAMPLE = 64;

/** Queries that are measured on. */
export interface SampleQueries {
  /** m x d. */
  readonly values: Float64Array;
  readonly count: number;
  /** Whether the coreset was chosen by them. */
  readonly observed: boolean;
}

/** Picks them. */
export async function sampleOf(
  { queries }: Observed,
  beside: KeysBeside & { readonly d: number },
  options: SoftmaxCoresetOptions,
  log: Logger,
): Promise<SampleQueries> {
  const { seed = 0, nan, queries: file } = options;
  const group = await groupOptions(file!, withoutIds(options));
  const rowsOf = async (left: boolean) => {
    const heads: ObservedQueries[] = [];
    for (const one of group) {
      const input = queriesInput(file!, { ...beside, mask: undefined }, one, log);
      await input.head();
      const rows = () => input.rows();
      const own = left ? withoutObserved(rows, queries.index) : rows;
      const picked = await pickQueries(
        typeof own === 'function' ? own() : own,
        { how: 'random', count: Math.ceil(SAMPLE / group.length) },
        { d: beside.d, seed, nonFinite: nan, describeRow: input.describeRow },
      );
      heads.push(picked);
    }
    return groupQueries(heads, beside.d);
  };
  const others = await rowsOf(true);
  const observed = others.index.length === 0;
  const { values, index } = observed ? await rowsOf(false) : others;
  return { values, count: index.length, observed };
}

/** In words. */
export function spellErrors({ normaliser, error }: StandingErrors, { count: many, observed }: SampleQueries): string {
  const on = `on ${count(many)} ${observed ? 'of these queries' : 'other queries'}`;
  const output = error ? `, outputs ${spell(error)}` : '';
  return `${on} the denominator is off by ${spell(normaliser)}${output}`;
}

const spell = ({ median, p90 }: ErrorSummary): string => `${percent(median)} (90 %: ${percent(p90)})`;

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
