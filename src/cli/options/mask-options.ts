/** Options of masks, and the words for padding. */

import type { Command } from 'commander';
import { NO_MASK, type QueryMaskOptions } from '../../input/query-mask.js';
import { count } from '../../text.js';
import type { Logger } from '../terminal/log.js';

/** Adds the option that names the mask of K. */
export const addMaskOption = (command: Command): Command =>
  command.option(
    '--mask <file>',
    'one number per key, 0 for padding that no query sees: npy of booleans or integers, (n) or (batch, n), or text of 0 and 1; U and sketches record theirs',
  );

/** Adds the option that names the mask of Q. */
export const addQueryMaskOption = (command: Command): Command =>
  command.option(
    '--query-mask <file>',
    `one number per query, 0 for padding, as --mask; '${NO_MASK}': no padding (default: --mask, if Q has as many rows)`,
  );

/** `, 12 of them padding`, behind a number of queries; nothing where none is. */
export const paddingText = (padding: number): string => (padding > 0 ? `, ${count(padding)} of them padding` : '');

/**
 * Says that queries may be padding, where U was made with a mask that is not at hand and Q has as many rows as K.
 * @param queries - rows of Q
 */
export function warnOfPaddingQueries(
  { n, masked, name }: { readonly n: number; readonly masked: number; readonly name: string },
  queries: number,
  { mask, queryMask }: QueryMaskOptions,
  log: Logger,
): void {
  if (masked === 0 || queries !== n || mask !== undefined || queryMask !== undefined) return;
  log.warn(
    `${name} was made with a mask, and Q has as many rows as K, so that ${count(masked)} queries may be padding: give --mask to leave them out, or say --query-mask none`,
  );
}
