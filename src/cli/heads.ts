/** Commands on arrays of heads: the same work for every head that is asked for, one after another. */

import { dataError } from '../errors.js';
import { type HeadShape, headShape } from '../input/heads/layout.js';
import { headGroups } from '../input/heads/open-heads.js';
import { type HeadPlace, placesOf, spellPlace } from '../input/heads/place.js';
import { canReadAgain, nameOfInput, openInput, openInputArray, openInputMatrix } from '../input/open.js';
import type { InputOptions } from '../input/options.js';
import type { MatrixReader } from '../matrix/row-block.js';
import { spellFormats } from '../output/formats.js';
import { HeadedOutput } from './headed-output.js';
import { createLogger, type Logger, labelled } from './log.js';
import type { MessageOptions } from './options.js';
import type { Output } from './results.js';

/** Why matrices of heads are not written as an array a line. */
export const NO_HEADS_IN_NDJSON = `NDJSON holds rows alone and not the head they are of; write ${spellFormats('ndjson')}`;

/** One head's turn. */
export interface HeadTurn {
  /** What reads every input at this head. */
  readonly target: NonNullable<InputOptions['target']>;
  readonly place: HeadPlace;
  /** `head 3`. */
  readonly label: string;
}

/** Heads that are to be worked on, one after another. */
export interface HeadTurns {
  readonly shape: HeadShape;
  readonly turns: readonly HeadTurn[];
}

/**
 * The heads of the array at a path that are asked for; undefined where it is one matrix, or none, or can be read only once,
 * so that only one of its heads can be taken.
 *
 * @param others - further inputs that are read once a head
 */
export async function headTurns(
  path: string | undefined,
  others: readonly (string | undefined)[],
  options: InputOptions,
): Promise<HeadTurns | undefined> {
  if (path === undefined || !canReadAgain(path)) return undefined;
  const bytes = await openInput(path, 'matrix');
  // What is to be said of the file is said when it is read.
  const reader = await openInputArray(bytes, options, createLogger({ quiet: true }));
  await reader.close();
  const shape = headShape(reader, options);
  if (shape.axes.length === 0) return undefined;
  const turns = turnsOf(shape, placesOf(shape, options, reader.name));
  if (turns.length === 0) throw dataError(`${reader.name}: an array without matrices; there is nothing to read in it`);
  const once = others.find((other) => other !== undefined && !canReadAgain(other));
  if (once !== undefined && turns.length > 1) {
    throw dataError(
      `${nameOfInput(once)}: can be read once only, and is needed for each of ${turns.length} heads; give it as a file by its name, or choose one --head`,
    );
  }
  return { shape, turns };
}

/** The turns of some places. */
export const turnsOf = (shape: HeadShape, places: readonly HeadPlace[]): HeadTurn[] =>
  places.map((place) => ({
    place,
    label: spellPlace(shape, place),
    target: { ...place, of: { batch: shape.batch, heads: shape.heads } },
  }));

/**
 * Does a command's work for every head, with outputs that heads share; for a single matrix once, with the outputs as they are.
 *
 * @param outputs - opened; undefined where none is asked for
 * @param work - what is done for one head, with options that read it
 */
export async function forEachHead<T extends InputOptions & MessageOptions, O extends readonly (Output | undefined)[]>(
  heads: HeadTurns | undefined,
  options: T,
  outputs: readonly [...O],
  log: Logger,
  work: (options: T, outputs: readonly [...O], log: Logger, turn: HeadTurn | undefined) => Promise<void>,
): Promise<void> {
  if (!heads) return work(options, outputs, log, undefined);
  const places = heads.turns.map(({ place }) => place);
  const shared = outputs.map((output) => output && new HeadedOutput(output, heads.shape, places));
  for (const turn of heads.turns) {
    const own = shared.map((output) => output?.at(turn.place)) as unknown as readonly [...O];
    await work({ ...options, target: turn.target, label: turn.label }, own, labelled(log, turn.label), turn);
  }
  for (const output of shared) await output?.finish();
}

/**
 * The matrices of an opened array for its turns: in one pass where they follow one another, else each in a pass of its own. Each
 * must be read to its end before the next is asked for, and the end be asked for, too.
 *
 * @param path - the array's
 * @throws LevattnError where heads that lie side by side can be read once only
 */
export async function* readInTurn(
  array: MatrixReader,
  { shape, turns }: HeadTurns,
  path: string,
  options: InputOptions,
): AsyncGenerator<MatrixReader, void, undefined> {
  if (!shape.interleaved || turns.length === 1) {
    const places = turns.map(({ place }) => place);
    for await (const group of headGroups(array, shape, places)) yield* group.map(({ reader }) => reader);
    return;
  }
  if (!canReadAgain(path)) {
    throw dataError(
      `${array.name}: its heads lie side by side, and queries are taken head by head; give it as a file by its name, or save it as (heads, n, d)`,
    );
  }
  await array.close();
  for (const { target } of turns) {
    const bytes = await openInput(path, 'matrix');
    const reader = await openInputMatrix(bytes, { ...options, target }, createLogger({ quiet: true }));
    yield reader;
    await reader.close();
  }
}
