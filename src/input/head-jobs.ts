/** The matrices of an input, one after another: those of its heads that are asked for; a single matrix is a list of one. */

import { dataError } from '../errors.js';
import { type HeadPlace, placesOf, type QueryHead, spellPlace } from '../rows/heads/head-index.js';
import { type HeadShape, headShape } from '../rows/heads/layout.js';
import { headGroups } from '../rows/heads/matrices.js';
import type { MatrixReader } from '../rows/row-block.js';
import { SILENT } from './notices.js';
import { canReadAgain, nameOfInput, openInput, openInputArray, openInputMatrix } from './open.js';
import type { InputOptions } from './options.js';

/** One matrix to work on. */
export interface HeadJob {
  readonly place: HeadPlace;
  /** What reads every input at this head; undefined where there is one matrix. */
  readonly target: QueryHead | undefined;
  /** `head 3`; undefined where there is one matrix. */
  readonly label: string | undefined;
}

/** The matrices to work on, one after another. */
export interface HeadJobs {
  readonly shape: Pick<HeadShape, 'axes' | 'interleaved'>;
  readonly jobs: readonly HeadJob[];
}

/** One matrix, whatever it is read from. */
const ALONE: HeadJobs = {
  shape: { axes: [], interleaved: false },
  jobs: [{ place: { batch: 0, head: 0 }, target: undefined, label: undefined }],
};

/**
 * The matrices of an array that are asked for.
 * @param name - of the array, in messages
 * @throws LevattnError where there is no such head, or no matrix at all
 */
export function jobsOf(shape: HeadShape, options: InputOptions, name: string): HeadJobs {
  if (shape.axes.length === 0) return ALONE;
  const of = { batch: shape.batch, heads: shape.heads };
  const jobs = placesOf(shape, options, name).map((place) => ({
    place,
    target: { ...place, of },
    label: spellPlace(shape, place),
  }));
  if (jobs.length === 0) throw dataError(`${name}: an array without matrices; there is nothing to read in it`);
  return { shape, jobs };
}

/**
 * The matrices of the input at a path that are asked for: one where it is a matrix or nothing is named, or where it can be read only
 * once, so that only one of its heads can be taken.
 *
 * @param others - further inputs that are read once a head
 */
export async function headJobs(
  path: string | undefined,
  others: readonly (string | undefined)[],
  options: InputOptions,
): Promise<HeadJobs> {
  if (path === undefined || !canReadAgain(path)) return ALONE;
  // Notices are given when the file is read.
  const reader = await openInputArray(await openInput(path, 'matrix'), options, SILENT);
  await reader.close();
  const heads = jobsOf(headShape(reader, options), options, reader.name);
  const count = heads.jobs.length;
  const once = others.find((other) => other !== undefined && !canReadAgain(other));
  if (once !== undefined && count > 1) {
    throw dataError(
      `${nameOfInput(once)}: can be read once only, and is needed for each of ${count} heads; give it as a file by its name, or choose one --head`,
    );
  }
  return heads;
}

/**
 * The matrices of an opened array, job by job: in one pass where they follow one another, else each in a pass of its own. Each
 * must be read to its end and closed before the next is asked for, and the end be asked for, too.
 *
 * @param path - the array's
 * @throws LevattnError where heads that lie side by side can be read once only
 */
export async function* matricesOf(
  array: MatrixReader,
  { jobs }: HeadJobs,
  path: string,
  options: InputOptions,
): AsyncGenerator<MatrixReader, void, undefined> {
  const shape = headShape(array, options);
  if (!shape.interleaved || jobs.length === 1) {
    const places = jobs.map(({ place }) => place);
    for await (const group of headGroups(array, shape, places)) yield* group.map(({ reader }) => reader);
    return;
  }
  if (!canReadAgain(path)) {
    throw dataError(
      `${array.name}: its heads lie side by side, and queries are taken head by head; give it as a file by its name, or save it as (heads, n, d)`,
    );
  }
  await array.close();
  for (const { target } of jobs) {
    yield openInputMatrix(await openInput(path, 'matrix'), { ...options, target }, SILENT);
  }
}
