/** Options of the sample of rows outside U, which estimates denominators where f is not x^2. */

import { type Command, InvalidArgumentError } from 'commander';
import { dataError } from '../../errors.js';
import type { Input } from '../../input/input.js';
import { besideKeys, openInput, openInputMatrix } from '../../input/open.js';
import { asRole, type InputOptions } from '../../input/options.js';
import { optionsAt, sourceOf } from '../../input/sources.js';
import { clearNonFinite } from '../../rows/non-finite.js';
import type { HeadAxis, MatrixReader } from '../../rows/row-block.js';
import { rowBlocks } from '../../rows/stacked-rows.js';
import { PILOT_ROWS, type SampleOptions } from '../../sketch/sample/priority-sampler.js';
import type { Logger } from '../terminal/log.js';

/** How rows outside U are sampled. */
export interface OutsideOptions {
  readonly sampleSize?: number;
  readonly seed?: number;
  readonly ridge?: number;
  readonly pilot?: string;
  /** How many of its first rows are the pilot; all of them where nobody says. */
  readonly pilotRows?: number;
}

/** Numbers that a pilot may have: they are held in memory. */
const MOST_PILOT_NUMBERS = 2 ** 24;

/** Adds the options. */
export function addOutsideOptions(command: Command): Command {
  return command
    .optionsGroup('Sample of the rows outside U, for estimates where f is not x^2:')
    .option('--sample-size <rows>', 'rows in the sample (default: 4096, fewer beyond 512 columns)', parseSize)
    .option('--seed <number>', 'seed of the hash that chooses it (default: 0)', parseSeed)
    .option(
      '--pilot <file>',
      `rows that set the weights of the sample, the same for all parts of a job (default: the first ${PILOT_ROWS} of K)`,
    )
    .option('--ridge <number>', "what is added to the pilot's unit-diagonal Gram matrix (default: 0.001)", parseRidge);
}

/**
 * The library's options, the pilot read.
 * @throws LevattnError where the pilot is of another width than K
 */
export async function outsideSampleFrom(
  { sampleSize: size, seed, ridge, pilot: path, pilotRows, ...options }: OutsideOptions & InputOptions,
  keys: Input,
  log: Logger,
): Promise<SampleOptions> {
  if (path === undefined) return { size, seed, ridge };
  const head = await keys.head();
  const names = besideKeys(head.columnNames, head.name);
  const like = names && { ...names, numbersToo: true };
  const { d, values } = await readPilot(path, head.at, { ...options, like, pilotRows }, log);
  if (head.d !== d) {
    throw dataError(`${path}: the pilot has ${d} columns where ${head.name} has ${head.d}; both must agree`);
  }
  return { size, seed, ridge, pilot: values };
}

/** @param headOfK - along which axes K's array has heads: a pilot whose name says all of them is one matrix, whatever axes K has */
async function readPilot(
  path: string,
  headOfK: MatrixReader['at'],
  { pilotRows = Number.POSITIVE_INFINITY, ...options }: Pick<OutsideOptions, 'pilotRows'> & InputOptions,
  log: Logger,
): Promise<{ readonly d: number; readonly values: Float64Array }> {
  const { name, place } = await sourceOf(path, options);
  const axes = Object.keys(headOfK ?? {}) as HeadAxis[];
  const alone = axes.length > 0 && axes.every((axis) => place[axis] !== undefined);
  const own = {
    ...asRole(optionsAt(options, place), 'K'),
    idColumn: undefined,
    ...(alone && { layout: undefined, heads: undefined }),
  };
  const reader = await openInputMatrix(await openInput(name, 'pilot'), own, log);
  const { d } = reader;
  const parts: Float64Array[] = [];
  let rows = 0;
  for await (const block of rowBlocks(reader)) {
    const taken = Math.min(block.rows, pilotRows - rows);
    rows += taken;
    const values = Float64Array.from(block.values.subarray(0, taken * d));
    const bad = options.nan === 'skip' ? -1 : values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw dataError(`${path}: row ${block.start + Math.floor(bad / d)} of the pilot is not finite; leave it out`);
    clearNonFinite(values, taken, d, options.nan, (i) => `${path}: row ${block.start + i}`);
    parts.push(values);
    if (rows === pilotRows) break;
    // The first shard itself will do as a pilot: its first rows are those that one pass over K takes.
    if (rows * d > MOST_PILOT_NUMBERS) {
      log.info({ rows: PILOT_ROWS }, `${path}: the first rows are the pilot`);
      break;
    }
  }
  await reader.close();
  if (rows === 0) throw dataError(`${path}: the pilot has no rows; give some rows like those of K`);
  const whole = rows * d <= MOST_PILOT_NUMBERS;
  const values = new Float64Array((whole ? rows : Math.min(rows, PILOT_ROWS)) * d);
  let at = 0;
  for (const part of parts) {
    values.set(part.subarray(0, values.length - at), at);
    at += part.length;
    if (at >= values.length) break;
  }
  return { d, values };
}

function parseSize(text: string): number {
  return wholeNumber(text, 1, 2 ** 24);
}

function parseSeed(text: string): number {
  return wholeNumber(text, 0, Number.MAX_SAFE_INTEGER);
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  }
  return value;
}

function parseRidge(text: string): number {
  const ridge = Number(text);
  if (text.trim() === '' || !(ridge > 0 && ridge <= 1e6)) {
    throw new InvalidArgumentError('It must be a number greater than 0 and at most 1e6.');
  }
  return ridge;
}
