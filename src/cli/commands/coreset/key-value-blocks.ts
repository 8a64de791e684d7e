/** K and V side by side, in blocks of as many keys as are worked on at a time. */

import { dataError } from '../../../errors.js';
import { Input } from '../../../input/input.js';
import type { Notices } from '../../../input/notices.js';
import { RowsAt } from '../../../rows/rows-at.js';
import type { CoresetBlock } from '../../../selectors/coreset-blocks.js';
import type { KeySource } from '../../../selectors/key-source.js';
import type { SoftmaxCoresetOptions } from './options.js';

/** V, opened. */
export interface OpenValues {
  readonly input: Input;
  readonly name: string;
  readonly width: number;
}

/** V, where there is one. */
export async function openValues(options: SoftmaxCoresetOptions, notices: Notices): Promise<OpenValues | undefined> {
  if (options.values === undefined) return undefined;
  const input = new Input(options.values, { ...options, role: 'V' }, notices);
  const { name, d } = await input.head();
  return { input, name, width: d };
}

/**
 * The keys that count with their rows of V, in order; each block has memory of its own.
 *
 * @param most - keys of a block
 * @param rowsOfKeys - how many rows K has, once all have been read
 * @throws LevattnError where a row of V is not finite, or V has not as many rows as K
 */
export async function* blocksOfKeys(
  keys: KeySource,
  values: OpenValues | undefined,
  most: number,
  rowsOfKeys: () => number,
): AsyncGenerator<CoresetBlock, void, undefined> {
  const stream = values && new RowsAt(values.input.rows(), values.width, values.input.describeRow);
  try {
    for await (const { index, keys: own } of blocksOf(keys, most)) {
      if (!stream) {
        yield { index, keys: own, values: undefined };
        continue;
      }
      const beside = new Float64Array(index.length * values.width);
      // Where V ends early it is told when all rows of K have been counted.
      if ((await stream.take(index, beside)) === index.length) yield { index, keys: own, values: beside };
    }
    if (!stream) return;
    const [n, all] = [rowsOfKeys(), await stream.end()];
    if (all !== n) throw dataError(`${values.name}: V has ${all} rows where K has ${n}; both must agree`);
  } finally {
    await stream?.close();
  }
}

/** Keys in blocks of `most`, but for the last. */
async function* blocksOf({ d, read }: KeySource, most: number): AsyncGenerator<Pick<CoresetBlock, 'index' | 'keys'>> {
  let [index, keys, count] = [new Float64Array(most), new Float64Array(most * d), 0];
  for await (const block of read()) {
    for (let from = 0; from < block.rows; ) {
      const rows = Math.min(most - count, block.rows - from);
      index.set(block.index.subarray(from, from + rows), count);
      keys.set(block.values.subarray(from * d, (from + rows) * d), count * d);
      count += rows;
      from += rows;
      if (count < most) continue;
      yield { index, keys };
      [index, keys, count] = [new Float64Array(most), new Float64Array(most * d), 0];
    }
  }
  if (count > 0) yield { index: index.subarray(0, count), keys: keys.subarray(0, count * d) };
}
