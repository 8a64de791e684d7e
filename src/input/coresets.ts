/** Coresets for softmax as an input. */

import { dataError } from '../errors.js';
import { arrowFormat, openArrow, readArrowTable } from '../formats/arrow.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { RECOGNISE_BYTES } from '../formats/format.js';
import { coresetFor, coresetsFromTable, holdsCoresets, type SoftmaxCoreset } from '../universal-set/softmax-coreset.js';
import { canReadAgain, openInput } from './open.js';
import type { InputOptions } from './options.js';
import { sourceOf } from './sources.js';

/** Whether what follows is Arrow, which coresets are. */
export const isArrowNext = async (bytes: ByteReader): Promise<boolean> =>
  arrowFormat.recognise(await bytes.peek(RECOGNISE_BYTES));

/**
 * The coreset for the head that is read.
 * @throws LevattnError where the input holds none, or is damaged
 */
export async function readCoreset(bytes: ByteReader, options: InputOptions): Promise<SoftmaxCoreset> {
  const input = await openArrow(bytes);
  if (!holdsCoresets(input.schema.metadata)) {
    throw dataError(
      `${bytes.name}: Arrow that is no coreset for softmax; give one of levattn coreset --for softmax, or a table of rows as a file`,
    );
  }
  const all = coresetsFromTable(await readArrowTable(input), bytes.name);
  return coresetFor(all, all.shape.axes.length > 0 ? options.target : undefined, options, bytes.name);
}

/** The coreset in a file of that name; undefined where it holds something else, or can be read once only. */
export async function coresetIn(name: string, options: InputOptions): Promise<SoftmaxCoreset | undefined> {
  if (!canReadAgain(name)) return undefined;
  const source = await sourceOf(name, options);
  const bytes = await openInput(source.name, 'keys');
  try {
    if (!(await isArrowNext(bytes))) return undefined;
    const input = await openArrow(bytes);
    if (!holdsCoresets(input.schema.metadata)) return undefined;
  } finally {
    await bytes.close();
  }
  return readCoreset(await openInput(source.name, 'keys'), options);
}
