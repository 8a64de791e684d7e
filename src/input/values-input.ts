/** V, of which the rows are held that belong to the keys that count. */

import { dataError } from '../errors.js';
import type { HeldRows } from '../rows/held-rows.js';
import { Input } from './input.js';
import { heldAtMost } from './memory.js';
import type { Notices } from './notices.js';
import type { InputOptions } from './options.js';

/** How V is read. */
export interface ValuesOptions extends InputOptions {
  /** The most bytes that it may take. */
  readonly memory?: number | undefined;
  /** Whether another input may follow it on standard input. */
  readonly followed?: boolean | undefined;
}

/** V, opened, and the rows that are held of it. */
export interface HeldValues {
  readonly input: Input;
  /** Columns of V, and its rows, one for each key, row-major. */
  readonly held: { readonly width: number; readonly rows: Float64Array };
}

/**
 * Holds the rows of V that belong to some keys.
 * @param keys - the rows of K that count, and how many K has
 * @throws LevattnError where V has not as many rows as K, or one of these rows is not finite
 */
export async function holdValues(
  path: string,
  keys: Pick<HeldRows, 'index' | 'n'>,
  options: ValuesOptions,
  notices: Notices,
): Promise<HeldValues> {
  const input = new Input(path, { ...options, role: 'V' }, notices);
  const { name } = await input.head();
  const { n, d, values } = await input.hold({
    wanted: keys.index,
    most: heldAtMost(options.memory),
    nonFinite: 'error',
  });
  if (n !== keys.n) throw dataError(`${name}: V has ${n} rows where K has ${keys.n}; both must agree`);
  return { input, held: { width: d, rows: values } };
}
