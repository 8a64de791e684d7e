/** The matrices of an input, one after another: those of its layers and heads that are asked for; a single matrix is a list of one. */

import { dataError, LevattnError } from '../errors.js';
import { type HeadPlace, type QueryHead, spellPlace } from '../rows/heads/head-index.js';
import { type HeadShape, headShape } from '../rows/heads/layout.js';
import { headGroups } from '../rows/heads/matrices.js';
import type { Placed } from '../rows/heads/placed.js';
import type { MatrixReader } from '../rows/row-block.js';
import {
  arraysMade,
  arraysOfOne,
  chosenIn,
  countsByLayer,
  type InputArray,
  type InputArrays,
  type InputMatrix,
  inputArrays,
  matricesIn,
} from './input-arrays.js';
import { type RoleArrays, refuseOtherPlaces } from './layers.js';
import { isPattern, matchName } from './named-inputs.js';
import { SILENT } from './notices.js';
import { canReadAgain, isMade, nameOfInput, openInput, openInputMatrix } from './open.js';
import { asRole, type InputOptions } from './options.js';
import type { Role } from './same-tensor.js';

/** One matrix to work on. */
export interface HeadJob {
  readonly place: HeadPlace;
  /** What reads every input at this head; undefined where there is one matrix. */
  readonly target: QueryHead | undefined;
  /** `head 3`; undefined where there is one matrix. */
  readonly label: string | undefined;
  /** The array that it is in, and its place there; undefined where there is one matrix. */
  readonly array?: InputArray | undefined;
  readonly within?: HeadPlace | undefined;
}

/** The matrices to work on, one after another. */
export interface HeadJobs {
  readonly shape: Pick<HeadShape, 'axes' | 'interleaved'>;
  readonly jobs: readonly HeadJob[];
}

/** One matrix, whatever it is read from. */
export const ALONE: HeadJobs = {
  shape: { axes: [], interleaved: false },
  jobs: [{ place: { batch: 0, head: 0 }, target: undefined, label: undefined }],
};

/**
 * The matrices of an array that are asked for.
 * @param name - of the array, in messages
 * @throws LevattnError where there is no such head, or no matrix at all
 */
export const jobsOf = (shape: HeadShape, options: InputOptions, name: string): HeadJobs =>
  jobsIn(arraysOfOne(name, shape), options);

/** The matrices of some arrays that are asked for. */
export function jobsIn(input: InputArrays, options: InputOptions): HeadJobs {
  const { axes, arrays, name } = input;
  if (axes.length === 0) return ALONE;
  const matrices = chosenIn(input, options);
  const countsAt = countsByLayer(matricesIn(input));
  const jobs = matrices.map(({ place, array, within }: InputMatrix) => ({
    place,
    target: { ...place, of: countsAt(place) },
    label: spellPlace({ axes }, place),
    array,
    within,
  }));
  if (jobs.length === 0) throw dataError(`${name}: an array without matrices; there is nothing to read in it`);
  return { shape: { axes, interleaved: arrays.some(({ shape }) => shape.interleaved) }, jobs };
}

/** The most examples and heads that a layer of some matrices has. */
export const mostOf = (jobs: HeadJobs['jobs']): Pick<HeadShape, 'batch' | 'heads'> => {
  const most = (counted: 'batch' | 'heads'): number =>
    jobs.reduce((length, { target }) => Math.max(length, target?.of[counted] ?? 1), 1);
  return { batch: most('batch'), heads: most('heads') };
};

/** The place that a target reads at; without one, that of a single matrix. */
export function placedAt(target: QueryHead | undefined): Placed {
  if (!target) return { place: { batch: 0, head: 0 } };
  const { of, ...place } = target;
  return { place, ...(place.layer !== undefined && { of }) };
}

/** What is read beside the input whose matrices are worked on. */
export interface BesideInputs {
  /** K and V, whose layers and heads must go with those of Q. */
  readonly roles?: readonly Role[];
  /** Further inputs that are read once a head. */
  readonly others?: readonly (string | undefined)[];
}

/**
 * The matrices of the input at a path that are asked for: one where it is a matrix or nothing is named, or where it can be read only
 * once, so that only one of its heads can be taken.
 *
 * @throws LevattnError where K or V does not go with them: before anything but headers is read
 */
export async function headJobs(
  [role, path]: Role,
  { roles = [], others = [] }: BesideInputs,
  options: InputOptions,
): Promise<HeadJobs> {
  if (path === undefined || !canReadAgain(path)) return ALONE;
  const input = await inputArrays(path, asRole(options, role));
  const heads = jobsIn(input, options);
  const count = heads.jobs.length;
  const once = [...roles.map(([, name]) => name), ...others].find(
    (other) => other !== undefined && !canReadAgain(other),
  );
  if (once !== undefined && count > 1) {
    throw dataError(
      `${nameOfInput(once)}: can be read once only, and is needed for each of ${count} heads; give it as a file by its name, or choose one --head`,
    );
  }
  const targets = heads.jobs.flatMap(({ target }) => target ?? []);
  if (targets.length > 0) {
    refuseOtherPlaces({ ...input, role }, await arraysBeside(roles, options), targets, options);
  }
  return heads;
}

/** The arrays of K and V; of universal sets and sketches, which say themselves what they go with, what their names say. */
async function arraysBeside(roles: readonly Role[], options: InputOptions): Promise<RoleArrays[]> {
  const found: RoleArrays[] = [];
  for (const [role, name] of roles) {
    if (name === undefined || !canReadAgain(name)) continue;
    const own = asRole(options, role);
    const arrays = isPattern(name) ? await namedArrays(name, own) : await arraysIfAny(name, own);
    if (arrays) found.push({ ...arrays, role });
  }
  return found;
}

/** @throws LevattnError where one of the inputs that the name stands for is none */
async function namedArrays(name: string, options: InputOptions): Promise<InputArrays> {
  const matches = options.named?.get(name) ?? (await matchName(name, options.inputFormat));
  return (await isMade(matches[0]!.name)) ? arraysMade(name, matches) : inputArrays(name, options);
}

/** What cannot be read is told when it is opened to be read. */
async function arraysIfAny(name: string, options: InputOptions): Promise<InputArrays | undefined> {
  try {
    return (await isMade(name)) ? undefined : await inputArrays(name, options);
  } catch (error) {
    if (error instanceof LevattnError) return undefined;
    throw error;
  }
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
    const places = jobs.map(({ place, within }) => within ?? place);
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
