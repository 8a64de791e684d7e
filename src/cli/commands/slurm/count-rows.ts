/** How many rows a file of K has: by its header, those of each head where it has heads; else by reading it. */

import { usageError } from '../../../errors.js';
import { Input } from '../../../input/input.js';
import { inputArrays } from '../../../input/input-arrays.js';
import { SILENT } from '../../../input/notices.js';
import { asRole, type InputOptions } from '../../../input/options.js';

/**
 * The rows of a file.
 * @param tell - told where the file has to be read
 * @throws LevattnError where its layers differ, or it cannot be read
 */
export async function countRows(file: string, options: InputOptions, tell: (message: string) => void): Promise<number> {
  const { arrays } = await inputArrays(file, asRole(options, 'K'));
  const [first, ...others] = arrays.map(({ name, shape: { n } }) => ({ name, n }));
  const { n } = first!;
  const other = others.find((one) => one.n !== n);
  if (other) {
    throw usageError(
      `${other.name}: has ${other.n ?? 'an unknown number of'} rows where ${first!.name} has ${n}, and --sample numbers those of all layers alike; make a job for each`,
    );
  }
  if (n !== undefined) return n;
  tell(`${file}: does not begin with the number of its rows, so they are counted`);
  return countByReading(file, options);
}

/** @param options - what is missing in the rows matters later */
async function countByReading(file: string, options: InputOptions): Promise<number> {
  const own = { ...options, role: 'K', missing: undefined, nan: 'skip', idColumn: undefined } as const;
  const input = new Input(file, own, SILENT);
  let rows = 0;
  for await (const block of input.rows()) rows += block.rows;
  await input.close();
  return rows;
}
