/**
 * How an input is named, the same wherever a path of K, Q, V, a mask or a list of rows is taken: `FILE`, or `FILE::TENSOR` for one
 * tensor of a container. What else a name may say is parsed here and nowhere else.
 */

import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type LevattnError, usageError } from '../../errors.js';

/** What stands between a file and a tensor. */
const SEPARATOR = '::';

/** The name of standard input. */
export const STDIN_NAME = '-';

/** What a name says. */
export interface InputName {
  /** The path of the file, or `-`. */
  readonly file: string;
  /** The tensor in it; undefined where the name does not say. */
  readonly tensor: string | undefined;
}

/**
 * Parses a name. A path that exists under the whole name is that file; else the file is the shortest beginning that exists.
 * @throws LevattnError where no tensor follows the separator
 */
export function parseInputName(name: string): InputName {
  const whole = { file: name, tensor: undefined };
  if (!name.includes(SEPARATOR) || existsSync(name)) return whole;
  const splits: InputName[] = [];
  for (let at = name.indexOf(SEPARATOR, 1); at > 0; at = name.indexOf(SEPARATOR, at + 1)) {
    splits.push({ file: name.slice(0, at), tensor: name.slice(at + SEPARATOR.length) });
  }
  const found = splits.find(({ file }) => file === STDIN_NAME || existsSync(file)) ?? splits[0];
  if (!found) return whole;
  if (found.tensor === '') {
    throw usageError(`${name}: no tensor after ${SEPARATOR}; name one, as in ${found.file}${SEPARATOR}TENSOR`);
  }
  return found;
}

/** The name of a tensor in a file. */
export const spellInputName = ({ file, tensor }: InputName): string =>
  tensor === undefined ? file : `${file}${SEPARATOR}${tensor}`;

/** The same name from every folder. */
export function absoluteName(name: string): string {
  const { file, tensor } = parseInputName(name);
  return spellInputName({ file: resolve(file), tensor });
}

/** The name without the folder of its file. */
export function shortName(name: string): string {
  const { file, tensor } = parseInputName(name);
  return spellInputName({ file: basename(file), tensor });
}

/** The error for a tensor that is asked of what has none by name. */
export const noTensors = (file: string, tensor: string, what: string): LevattnError =>
  usageError(`${file}: is ${what}, which has no tensors by name; leave ${SEPARATOR}${tensor} out`);
