/** What a user must know of a result, in the words that all commands share. */

import type { Route } from '../../sketch/factor/accumulator.js';
import { count } from '../../text.js';
import type { Logger } from './log.js';

const PLURALS = { row: 'rows', key: 'keys', query: 'queries' } as const;

/** Says how many rows did not count. */
export function warnOfSkipped(log: Logger, skipped: number, what: keyof typeof PLURALS, consequence = ''): void {
  if (skipped === 0) return;
  log.warn(
    `${count(skipped)} ${skipped === 1 ? what : PLURALS[what]} with NaN, infinities or missing values left out${consequence}`,
  );
}

/** How well scores are known. */
interface ScoreErrors {
  readonly route: Route;
  /** Bound on their relative error. */
  readonly delta: number;
  /** Keys of which a score cannot be told. */
  readonly unresolved: number;
}

/**
 * Says so where K is too ill-conditioned for the route.
 * @param advised - an error that is worth a word
 * @param told - what became of the keys that cannot be told, behind their number
 */
export function warnOfCondition(
  log: Logger,
  { route, delta, unresolved }: ScoreErrors,
  advised: number,
  told: string,
): void {
  if (unresolved === 0 && delta <= advised) return;
  log.warn(
    `K is ill-conditioned for the ${route} route: scores are good to ${delta.toExponential(1)}` +
      (unresolved > 0 ? `, ${count(unresolved)} ${told}` : '') +
      (route === 'gram' ? '; run again with --factor stable' : ''),
  );
}
