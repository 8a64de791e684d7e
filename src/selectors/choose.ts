/** What a selector makes of keys: their scores, and the order in which it takes them. */

import { usageError } from '../errors.js';
import type { KeySource } from './key-source.js';
import { byScore } from './order.js';
import type { Scores } from './scores.js';
import { collectScores } from './scores.js';
import type { ChosenSelector, FormSelector, ScoreSelector, SelectorContext } from './selector.js';
import { scorePass } from './team/passes.js';

/** Scores as they come; what a selector changes once all are known is not done. */
export async function scoresBy(
  selector: FormSelector | ScoreSelector,
  { options }: Pick<ChosenSelector, 'options'>,
  keys: KeySource,
  context: SelectorContext,
): Promise<Scores> {
  if (selector.kind === 'scores') return selector.scores(keys, context, options);
  return scorePass(keys, { kind: 'form', form: await selector.form(keys, context, options) }, context);
}

/** All scores of keys. */
export async function allScores(
  selector: FormSelector | ScoreSelector,
  chosen: Pick<ChosenSelector, 'options'>,
  keys: KeySource,
  context: SelectorContext,
): Promise<Float64Array> {
  const score = await collectScores(await scoresBy(selector, chosen, keys, context));
  if (selector.kind === 'scores') selector.settle?.(score, context, chosen.options);
  return score;
}

/**
 * The order in which a selector takes keys in memory.
 * @param most - how many keys are wanted; some orders are only that long
 * @throws LevattnError where it needs what the context has not
 */
export async function orderBy(
  chosen: ChosenSelector,
  keys: KeySource & { readonly values: Float64Array; readonly n: number },
  most: number,
  context: SelectorContext,
): Promise<Int32Array> {
  const { selector } = chosen;
  checkNeeds(chosen, context);
  switch (selector.kind) {
    case 'places':
      return selector.order(keys.n, context);
    case 'held':
      return selector.order(keys, most, context);
    default:
      return byScore(await allScores(selector, chosen, keys, context));
  }
}

/** @throws LevattnError where a selector needs queries or V, and there are none */
export function checkNeeds({ name, selector }: ChosenSelector, { observed, values }: Partial<SelectorContext>): void {
  if (selector.needs?.includes('queries') && !observed) {
    throw usageError(
      `'${name}' needs observed queries: name a file of them with --queries, or some of Q with --observe`,
    );
  }
  if (selector.needs?.includes('values') && !values) throw usageError(`'${name}' needs V: name it with --values`);
}
