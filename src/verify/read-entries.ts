/** Entries in a file that `heavy` wrote: columns query, key, score and, where scores are not exact, lower and upper. */

import { dataError, LevattnError } from '../errors.js';
import { canReopen, openBytes } from '../formats/bytes/sources.js';
import { RECOGNISE_BYTES } from '../formats/format.js';
import { openMatrix } from '../formats/open.js';
import type { MatrixReader } from '../rows/row-block.js';
import { rowBlocks } from '../rows/stacked-rows.js';
import type { EntriesByQuery, Entry } from './check-entries.js';

const EXACT = ['query', 'key', 'score'];
const BOUNDED = [...EXACT, 'lower', 'upper'];

/**
 * The entries of some queries.
 *
 * @param wanted - tells whether the entries of a query are to be kept
 * @param shape - rows of Q and of K
 * @param at - where there are heads: what the columns of that name hold of the entries that are read
 * @throws LevattnError where the file holds no entries, or one of a row that there is not
 */
export async function readEntries(
  path: string,
  wanted: (query: number) => boolean,
  { queries, keys }: { readonly queries: number; readonly keys: number },
  at: Readonly<Record<string, number>> = {},
): Promise<EntriesByQuery> {
  const found = new Map<number, Entry[]>();
  const axes = Object.keys(at);
  const reader = await openEntries(path, axes);
  const { d } = reader;
  const bounded = d === axes.length + BOUNDED.length;
  for await (const { start, rows, values } of rowBlocks(reader)) {
    for (let i = 0; i < rows; i++) {
      const [query, key, score, lower, upper] = values.subarray(i * d + axes.length, (i + 1) * d);
      if (axes.some((axis, column) => values[i * d + column] !== at[axis])) continue;
      if (!(isRow(query, queries) && isRow(key, keys))) {
        throw dataError(
          `${path}: entry ${start + i} is of query ${query} and key ${key}, where Q has ${queries} rows and K ${keys}; give the Q and K it was made of`,
        );
      }
      if (!wanted(query)) continue;
      const entry = { key, score, bounds: bounded ? ([lower, upper] as const) : undefined };
      const list = found.get(query);
      if (list) list.push(entry);
      else found.set(query, [entry]);
    }
  }
  await reader.close();
  return found;
}

const isRow = (value: number, rows: number): boolean => Number.isInteger(value) && value >= 0 && value < rows;

/** With bounds, if it has any. */
async function openEntries(path: string, axes: readonly string[]): Promise<MatrixReader> {
  if (!canReopen(path)) {
    const bytes = await openBytes(path);
    // What can be read once only begins with the names of its columns.
    const bounded = /\blower\b/.test(new TextDecoder('latin1').decode(await bytes.peek(RECOGNISE_BYTES)));
    return openMatrix(bytes, { columns: [...axes, ...(bounded ? BOUNDED : EXACT)] });
  }
  try {
    return await openMatrix(await openBytes(path), { columns: [...axes, ...BOUNDED] });
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    return openMatrix(await openBytes(path), { columns: [...axes, ...EXACT] });
  }
}
