/** What keys are called in the user's data, for entries that name them. */

import { usageError } from '../errors.js';
import type { IdType, RowId } from '../rows/row-ids.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import type { InputOptions } from './options.js';

/** Ids of keys by their global index. */
export interface KeyIds {
  readonly type: IdType;
  /** The id of a key, by its global index. */
  of(key: number): RowId;
}

/** The ids of a universal set, if it has them. */
export function idsOfSet({ index, ids }: UniversalSet): KeyIds | undefined {
  if (!ids) return undefined;
  const byKey = new Map(ids.values.map((id, i) => [index[i], id]));
  return { type: ids.type, of: (key) => byKey.get(key)! };
}

/** Refuses what was made earlier and has no ids, where they are asked for. */
export function refuseWithoutIds({ ids }: UniversalSet, { idColumn }: InputOptions, name: string): void {
  if (idColumn === undefined || ids) return;
  throw usageError(`${name}: was made without ids; make it again with --id-column`);
}
