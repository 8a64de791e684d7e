/**
 * Queries that are padding: they count in no average and in no statistic, and have no entries. Where Q has as many rows as the mask of
 * the keys, and no offset, both are of the same tokens, and the same rows of Q are padding.
 */

import { usageError } from '../errors.js';
import { countMasked } from '../rows/masked-rows.js';
import type { MatrixReader } from '../rows/row-block.js';
import { skipRows } from '../rows/stacked-rows.js';
import type { RowMask } from './key-mask.js';
import { type KeyOptions, maskAt } from './key-mask.js';
import { SILENT } from './notices.js';
import { canReadAgain, openInput, openInputMatrix } from './open.js';
import { asRole, withoutIds } from './options.js';
import { optionsAt, sourceOf } from './sources.js';

/** How K and Q are read. */
export interface QueryMaskOptions extends KeyOptions {
  readonly queryMask?: string;
  /** Where it is not 0, rows of Q and of K with the same number are not of the same token. */
  readonly queryOffset?: number;
}

/** What `--query-mask` says where all queries count. */
export const NO_MASK = 'none';

/** A file that is read beside the others, for those that count how often each is read. */
export const queryMaskFile = ({ queryMask }: QueryMaskOptions): string | undefined =>
  queryMask === NO_MASK ? undefined : queryMask;

/**
 * Which queries are padding; undefined where all count.
 *
 * @param path - of Q
 * @param keyMask - one number a key; undefined where there is no mask
 * @throws LevattnError where a pipe does not say whether Q has as many rows as K
 */
export async function queryMask(
  reader: MatrixReader,
  path: string,
  keyMask: Uint8Array | undefined,
  options: QueryMaskOptions,
): Promise<RowMask | undefined> {
  const { queryMask: file, queryOffset = 0 } = options;
  if (file === NO_MASK) return undefined;
  if (file !== undefined) return { values: (await maskAt(file, options))!, name: file, of: 'query' };
  if (!keyMask || queryOffset !== 0 || countMasked(keyMask) === 0) return undefined;
  const rows = reader.rows ?? (await countRows(path, options));
  if (rows === undefined) {
    throw usageError(
      `${reader.name}: does not say how many rows it has, and if they are as many as those of K, ${options.mask} says which are padding; give --query-mask ${options.mask} where they are, else --query-mask none`,
    );
  }
  return rows === keyMask.length ? { values: keyMask, name: options.mask!, of: 'query' } : undefined;
}

/** Rows of Q, by reading it once; undefined of a pipe. */
async function countRows(path: string, options: QueryMaskOptions): Promise<number | undefined> {
  if (!canReadAgain(path)) return undefined;
  const { name, place } = await sourceOf(path, options);
  const own = withoutIds(optionsAt(asRole(options, 'Q'), place));
  const reader = await openInputMatrix(await openInput(name, 'Q'), own, SILENT);
  let rows = reader.rows ?? 0;
  if (reader.rows === undefined) for (let more = 1; more > 0; rows += more) more = await skipRows(reader, AT_ONCE);
  await reader.close();
  return rows;
}

/** Rows that are passed over at a time. */
const AT_ONCE = 2 ** 16;
