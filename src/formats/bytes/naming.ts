/**
 * How an input is named, the same wherever a path of K, Q, V, a mask or a list of rows is taken: `FILE`, or `FILE::TENSOR` for one
 * tensor of a container, and `FILE::TENSOR[0, :, 5:70]` or `FILE::[0]` for a part of it. What else a name may say is parsed here and
 * nowhere else; names that stand for several inputs are in `pattern.ts`.
 */

import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type LevattnError, usageError } from '../../errors.js';
import { type BasicIndex, parseBasicIndex } from '../../rows/index/basic-index.js';

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
  /** What is taken of the array; undefined: all of it. */
  readonly index?: BasicIndex | undefined;
}

/**
 * Parses a name. A path that exists under the whole name is that file; else the file is the shortest beginning that exists. Brackets
 * at the end are an index, where they can be one.
 * @throws LevattnError where neither a tensor nor an index follows the separator, or the index is not read
 */
export function parseInputName(name: string): InputName {
  const whole = { file: name, tensor: undefined };
  if (!name.includes(SEPARATOR) || existsSync(name)) return whole;
  const splits: { readonly file: string; readonly part: string }[] = [];
  for (let at = name.indexOf(SEPARATOR, 1); at > 0; at = name.indexOf(SEPARATOR, at + 1)) {
    splits.push({ file: name.slice(0, at), part: name.slice(at + SEPARATOR.length) });
  }
  const found = splits.find(({ file }) => file === STDIN_NAME || existsSync(file)) ?? splits[0];
  if (!found) return whole;
  const { file, part } = found;
  if (part === '') {
    throw usageError(`${name}: no tensor after ${SEPARATOR}; name one, as in ${file}${SEPARATOR}TENSOR`);
  }
  const brackets = part.endsWith(']') ? part.lastIndexOf('[') : -1;
  const index = brackets < 0 ? undefined : parseBasicIndex(part.slice(brackets), name);
  const tensor = index ? part.slice(0, brackets).trim() : part;
  return { file, tensor: tensor === '' ? undefined : tensor, ...(index && { index }) };
}

/** The name of a tensor in a file, or of a part of it. */
export const spellInputName = ({ file, tensor, index }: InputName): string =>
  tensor === undefined && index === undefined ? file : `${file}${SEPARATOR}${tensor ?? ''}${index?.text ?? ''}`;

/** The same name from every folder. */
export function absoluteName(name: string): string {
  const { file, ...part } = parseInputName(name);
  return spellInputName({ file: resolve(file), ...part });
}

/** The name without the folder of its file. */
export function shortName(name: string): string {
  const { file, ...part } = parseInputName(name);
  return spellInputName({ file: basename(file), ...part });
}

/** The error for a tensor that is asked of what has none by name. */
export const noTensors = (file: string, tensor: string, what: string): LevattnError =>
  usageError(`${file}: is ${what}, which has no tensors by name; leave ${SEPARATOR}${tensor} out`);
