/** `levattn select-keys --by NAME --top K`: k keys that a selector chooses, which are no universal set. */

import { dataError, usageError } from '../../../errors.js';
import { headJobs } from '../../../input/head-jobs.js';
import { keysInput } from '../../../input/keys-input.js';
import { heldAtMost } from '../../../input/memory.js';
import { refuseOnce } from '../../../input/open.js';
import { createKernels } from '../../../kernels/backends.js';
import { holdRows } from '../../../rows/held-rows.js';
import { allScores, checkNeeds, scoresBy } from '../../../selectors/choose.js';
import { countKeys, streamedKeys } from '../../../selectors/key-source.js';
import { byScore } from '../../../selectors/order.js';
import { PlacedKeys } from '../../../selectors/row-of-place.js';
import type { ChosenSelector, SelectorContext } from '../../../selectors/selector.js';
import { ScoringTeam } from '../../../selectors/team/team.js';
import { type TopKeys, topOf } from '../../../selectors/top.js';
import { count } from '../../../text.js';
import { choiceBatch, choiceSchema, type KeyChoice } from '../../../universal-set/choice-table.js';
import type { ChoiceOptions } from '../../options/choice-options.js';
import { threadsFrom } from '../../options/options.js';
import type { SelectionOptions } from '../../options/selection-options.js';
import { forEachHead } from '../../terminal/each-head.js';
import type { Logger } from '../../terminal/log.js';
import { Progress, wantsProgress, wipeProgress } from '../../terminal/progress.js';
import type { Output } from '../../terminal/results.js';
import { tell } from '../../terminal/tell.js';
import { openObserved } from './observed.js';

/** What is asked for. */
interface ChooseOptions extends SelectionOptions, ChoiceOptions {
  readonly seed?: number;
}

/**
 * Chooses keys of every head and writes them, in the order in which they are taken.
 * @throws LevattnError where K cannot be read again, or the selector needs what is not there
 */
export async function chooseKeys(
  paths: readonly string[],
  output: Output,
  options: ChooseOptions,
  log: Logger,
): Promise<void> {
  const { by = [], top } = options;
  const [chosen] = by;
  if (by.length !== 1) throw usageError(`--by takes one selection here, not ${by.map(({ name }) => name).join(', ')}`);
  if (top === undefined) throw usageError(`--by ${chosen.name} needs --top, the number of keys to choose`);
  if (chosen.selector.needs?.includes('values')) {
    throw usageError(
      `'${chosen.name}' needs V, which is not read here; see what it would choose with levattn coverage`,
    );
  }
  refuseOnce(paths, `--by ${chosen.name} reads K more than once`);
  const jobs = await headJobs(['K', paths.length === 1 ? paths[0] : undefined], { others: [options.queries] }, options);
  const team = new ScoringTeam(createKernels(options.backend), threadsFrom(options));
  try {
    await forEachHead(jobs, options, [output], log, async (own, [to], headLog) => {
      const choice = await choiceOf(paths, chosen, top, team, own, headLog);
      const writer = to!.begin(choiceSchema(choice));
      await writer.write(choiceBatch(choice));
      await writer.end();
      await to!.commit();
    });
  } finally {
    await team.close();
  }
}

async function choiceOf(
  paths: readonly string[],
  chosen: ChosenSelector,
  top: number,
  team: ScoringTeam,
  options: ChooseOptions,
  log: Logger,
): Promise<KeyChoice> {
  const input = await keysInput(paths, options, log);
  const { d, name } = await input.head();
  const progress = new Progress(
    options.label === undefined ? 'reading K' : `reading K, ${options.label}`,
    wantsProgress(options),
  );
  const onProgress = (rows: number) => progress.update(rows, input.progress());
  const keys = new PlacedKeys(
    streamedKeys(d, () => input.rows(), {
      nonFinite: options.nan,
      describeRow: (row) => input.describeRow(row),
      onProgress,
    }),
  );
  const observed = await openObserved(undefined, { d, like: input.beside, mask: undefined }, options, log);
  const { seed = 0 } = options;
  const context = {
    kernels: team.kernels,
    team,
    threads: team.threads,
    scale: 1 / Math.sqrt(d),
    seed,
    observed: observed?.queries,
  };
  checkNeeds(chosen, context);
  const { place, score } = await takenBy(chosen, keys, top, context);
  wipeProgress();
  if (place.length === 0) throw dataError(`${name}: K has no usable rows; there is nothing to choose from`);
  tell(
    options,
    log,
    `n ${count(keys.count)}  d ${d}  ${count(place.length)} keys by ${chosen.name}${observed ? `, ${count(observed.queries.index.length)} queries observed` : ''}: a choice, no universal set`,
  );
  return {
    by: chosen.name,
    n: keys.count,
    d,
    observed: observed?.queries.index.length ?? 0,
    observedFrom: observed?.from ?? null,
    seed,
    index: place.map((one) => keys.rowOf(one)),
    score,
  };
}

/** The keys that are taken: by a heap as scores come, where the selector allows it. */
async function takenBy(
  chosen: ChosenSelector,
  keys: PlacedKeys,
  k: number,
  context: SelectorContext,
): Promise<TopKeys> {
  const { selector } = chosen;
  const first = (order: Int32Array, of?: Float64Array): TopKeys => {
    const place = Float64Array.from(order.subarray(0, k));
    return { place, score: place.map((one) => of?.[one] ?? Number.NaN) };
  };
  switch (selector.kind) {
    case 'places':
      return first(selector.order(await countKeys(keys), context));
    case 'held': {
      const held = await holdRows(keys.read(), { most: heldAtMost(undefined) });
      return first(await selector.order(held, Math.min(k, held.n), context));
    }
    case 'form':
      return topOf(await scoresBy(selector, chosen, keys, context), k);
    case 'scores': {
      const settles = selector.settle && (selector.settles?.(chosen.options) ?? true);
      if (!settles) return topOf(await scoresBy(selector, chosen, keys, context), k);
      const score = await allScores(selector, chosen, keys, context);
      return first(byScore(score), score);
    }
  }
}
