/** How many rows a file of K has, by its header: those of each head, where it has heads. */

import { type LevattnError, usageError } from '../../../errors.js';
import { inputArrays } from '../../../input/input-arrays.js';
import { asRole, type InputOptions } from '../../../input/options.js';

/**
 * The rows of a file.
 * @throws LevattnError where its header does not say how many, or its layers differ
 */
export async function countRows(file: string, options: InputOptions): Promise<number> {
  const { arrays } = await inputArrays(file, asRole(options, 'K'));
  const [first, ...others] = arrays.map(({ name, shape: { n } }) => ({ name, n }));
  const { n } = first!;
  if (n === undefined) throw unknown(first!.name);
  const other = others.find((one) => one.n !== n);
  if (other) {
    throw usageError(
      `${other.name}: has ${other.n ?? 'an unknown number of'} rows where ${first!.name} has ${n}, and --sample and f other than x^2 number those of all layers alike; make a job for each`,
    );
  }
  return n;
}

const unknown = (name: string): LevattnError =>
  usageError(
    `${name}: does not begin with the number of rows, which --sample and f other than x^2 need; make it npy with levattn convert`,
  );
