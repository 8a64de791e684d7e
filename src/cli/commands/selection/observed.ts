/** Queries that are observed before keys are chosen: of a file of their own, or of Q, which is read once more for them. */

import { usageError } from '../../../errors.js';
import type { Input } from '../../../input/input.js';
import { isStdin } from '../../../input/open.js';
import { withoutIds } from '../../../input/options.js';
import { type KeysBeside, queriesInput } from '../../../input/queries-input.js';
import { groupOptions } from '../../../input/query-group.js';
import type { QueryMaskOptions } from '../../../input/query-mask.js';
import type { RowBlocks } from '../../../rows/row-stream.js';
import {
  groupQueries,
  LEAST_QUERIES,
  type Observation,
  type ObservedQueries,
  pickQueries,
  spellObservation,
  USUAL_OBSERVATION,
} from '../../../selectors/observed-queries.js';
import { needsQueries } from '../../../selectors/registry.js';
import { count } from '../../../text.js';
import type { ChoiceOptions } from '../../options/choice-options.js';
import type { Logger } from '../../terminal/log.js';

/** What was observed. */
export interface Observed {
  readonly queries: ObservedQueries;
  /** Whether they are no rows of Q. */
  readonly elsewhere: boolean;
  /** In words: `random:128`, with the file where it is not Q. */
  readonly from: string;
}

/** Q, as often as it can be read. */
export type QuerySource = Pick<Input, 'rereadable' | 'describeRow'> & { rows(): RowBlocks };

/** What decides. */
interface Settings extends ChoiceOptions, QueryMaskOptions {
  readonly seed?: number;
}

/**
 * The queries of `--queries`, or those of Q that `--observe` says; where nothing is said and a selection needs some, the usual ones.
 *
 * @param q - Q, where it is measured
 * @param beside - the keys
 * @returns undefined where nothing is observed
 * @throws LevattnError where they cannot be read
 */
export async function openObserved(
  q: QuerySource | undefined,
  beside: KeysBeside & { readonly d: number },
  options: Settings,
  log: Logger,
): Promise<Observed | undefined> {
  const { queries: file, observe, by, seed = 0 } = options;
  const settings = { d: beside.d, seed, nonFinite: options.nan };
  if (file !== undefined && by && !needsQueries(by)) {
    log.warn(
      `--queries ${file}: not read, as no observed queries are needed by ${by.map(({ name }) => name).join(', ')}`,
    );
    return undefined;
  }
  if (file !== undefined) {
    if (isStdin(file)) throw usageError('--queries cannot be standard input; name a file');
    const { queryMask: _, ...own } = withoutIds(options);
    const wanted = observe ?? ({ how: 'first', count: Number.MAX_SAFE_INTEGER } as const);
    const heads: ObservedQueries[] = [];
    // Where Q is measured, its heads are taken one by one; else all that share the keys.
    for (const one of q ? [own] : await groupOptions(file, own)) {
      const input = queriesInput(file, { ...beside, mask: undefined }, one, log);
      await input.head();
      heads.push(await pickQueries(input.rows(), wanted, { ...settings, describeRow: input.describeRow }));
    }
    const picked = groupQueries(heads, beside.d);
    if (picked.index.length === 0) throw usageError(`${file}: has no usable rows; there is nothing to observe`);
    if (observe) warnOfFewer(observe, heads[0]!.index.length, `${file} has no more usable rows`, log);
    log.info({ file, observed: picked.index.length }, 'observed queries');
    const part = observe ? `${spellObservation(observe)} of ` : '';
    const together = heads.length === 1 ? '' : `, ${heads.length} heads each`;
    return { queries: picked, elsewhere: true, from: `${part}${file}${together}` };
  }
  const wanted = by === undefined || needsQueries(by);
  if (!q || (!observe && !wanted)) {
    if (observe && !q) throw usageError('--observe needs queries: name Q, or a file of them with --queries');
    return undefined;
  }
  if (!q.rereadable) {
    if (observe || by) throw usageError('observed queries need Q twice; give Q as a file, or others with --queries');
    log.info('observed attention needs Q twice, and is not measured; give Q as a file by its name');
    return undefined;
  }
  const observation = observe ?? USUAL_OBSERVATION;
  const { counted, ...picked } = await pickQueries(q.rows(), observation, {
    ...settings,
    spare: 1,
    describeRow: q.describeRow,
  });
  if (!observe && counted < LEAST_QUERIES) {
    log.info({ queries: counted }, `too few queries to observe some and measure others: at least ${LEAST_QUERIES}`);
    return undefined;
  }
  if (picked.index.length === 0) {
    throw usageError(`Q has ${count(counted)} usable rows; there is none to observe beside one that is measured`);
  }
  if (observe) warnOfFewer(observe, picked.index.length, 'one of Q is left to be measured', log);
  log.info({ observed: picked.index.length, of: counted }, 'observed queries');
  return { queries: picked, elsewhere: false, from: spellObservation(observation) };
}

function warnOfFewer(observation: Observation, observed: number, why: string, log: Logger): void {
  if (observed >= observation.count) return;
  log.warn(`--observe ${spellObservation(observation)}: ${count(observed)} queries are observed, as ${why}`);
}
