/** Which of a file's named tensors is the matrix: the one that is named, else the only one that can be. */

import { dataError, type LevattnError } from '../errors.js';
import { MAX_COLUMNS } from '../rows/limits.js';
import { shownName } from './arrow/schema.js';
import { spellInputName } from './bytes/naming.js';
import type { ByteReader } from './bytes/reader.js';
import type { ElementType } from './elements.js';
import { alikeFirst, type NamePattern, namesByPattern } from './naming/by-pattern.js';

/** A tensor as its file describes it. */
export interface NamedTensor {
  readonly name: string;
  /** Lengths, each >= 0. */
  readonly shape: readonly number[];
  /** The element type as the file spells it. */
  readonly typeName: string;
  /** The element type; undefined where it is none that is read. */
  readonly element: ElementType | undefined;
  /** The path of the file that holds it, where that is another one than the container's. */
  readonly file?: string | undefined;
  /** Of elements that are not read: what to do. */
  readonly instead?: string | undefined;
}

/** A tensor that is read, and what was left out because nobody named it. */
export interface ChosenTensor<T extends NamedTensor> {
  readonly tensor: T;
  readonly element: ElementType;
  readonly leftOut: readonly string[];
}

/** Rows of a tensor that make the matrix. */
export interface TensorRows {
  /** Rows, those of all matrices where there are more than two axes. */
  readonly n: number;
  readonly d: number;
  /** The lengths of more than two axes. */
  readonly shape: readonly number[] | undefined;
}

/** Axes of an array that is read: (layers, batch, heads, n, d); of more, a part. */
export const MAX_AXES = 5;

/** The most patterns of names that a message lists. */
const LISTED = 10;

/**
 * Chooses the tensor: the one that is named, else the only matrix of floating numbers, else the only array of such matrices, else
 * the same of integers.
 * @param bytes - what they are in, for messages
 * @throws LevattnError where there is none, or several and none is named
 */
export function chooseTensor<T extends NamedTensor>(
  tensors: readonly T[],
  { tensor: name }: { readonly tensor?: string | undefined },
  bytes: ByteReader,
): ChosenTensor<T> {
  const source = bytes.name;
  if (name !== undefined) return { ...namedTensor(tensors, name, source), leftOut: [] };
  const arrays = tensors.filter(({ shape }) => shape.length >= 2 && shape.length <= MAX_AXES);
  const fitting = arrays.flatMap((tensor) => (tensor.element ? [{ tensor, element: tensor.element }] : []));
  for (const floating of [true, false]) {
    for (const matrices of [true, false]) {
      const found = fitting.filter(
        ({ tensor, element }) => element.floating === floating && (tensor.shape.length === 2) === matrices,
      );
      if (found.length > 1) {
        const list = listTensors(found.map(({ tensor }) => tensor));
        const what = matrices ? 'matrices' : 'arrays of matrices';
        throw dataError(`${source}: ${found.length} ${what}: ${list}; name one with --tensor${orByName(bytes)}`);
      }
      if (found.length === 1) {
        const others = arrays.filter((tensor) => tensor !== found[0]!.tensor);
        return { ...found[0]!, leftOut: others.map((tensor) => shownName(tensor.name)) };
      }
    }
  }
  if (arrays[0])
    throw dataError(`${source}: no matrix of numbers that are read: ${listTensors(arrays)}; ${adviceOn(arrays[0])}`);
  throw dataError(
    `${source}: no matrix among its tensors (${listTensors(tensors) || 'none'}); one of shape (n, d), (heads, n, d) or (batch, heads, n, d) is expected`,
  );
}

/**
 * Where the rows of a tensor lie.
 * @throws LevattnError where it is no matrix
 */
export function rowsOfTensor({ name, shape }: NamedTensor, source: string): TensorRows {
  const refuse = (reason: string): LevattnError =>
    dataError(`${source}: tensor ${shownName(name)} has shape ${spellShape(shape)}${reason}`);
  if (shape.length < 2) throw refuse(', but rows and columns are expected; name another with --tensor');
  const d = shape.at(-1)!;
  if (d === 0) throw refuse(' and so no columns; there is nothing to read in it');
  if (d > MAX_COLUMNS)
    throw refuse(`: ${d} columns, at most ${MAX_COLUMNS} are read; is it transposed? save its transpose`);
  return rowsFrom(shape);
}

/** The rows of an array of at least two axes. */
export const rowsFrom = (shape: readonly number[]): TensorRows => ({
  n: shape.slice(0, -1).reduce((all, length) => all * length, 1),
  d: shape.at(-1)!,
  shape: shape.length > 2 ? shape : undefined,
});

/** A shape as Python spells it: `(8, 64)`, `(8,)`. */
export const spellShape = (shape: readonly number[]): string => `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;

/**
 * The tensor that is named, else the only one of all.
 * @throws LevattnError where there is none, or several and none is named, or its type is not read
 */
export function onlyTensor<T extends NamedTensor>(
  tensors: readonly T[],
  name: string | undefined,
  bytes: ByteReader,
): Pick<ChosenTensor<T>, 'tensor' | 'element'> {
  const source = bytes.name;
  const [first] = tensors;
  if (name !== undefined || (first && tensors.length === 1)) return namedTensor(tensors, name ?? first!.name, source);
  throw dataError(
    `${source}: ${tensors.length} tensors: ${listTensors(tensors) || 'none'}; name the one that is meant${orByName(bytes)}`,
  );
}

/** That a tensor can be asked for by the input's name, where it has one; of standard input by its path, as `-::` begins an option. */
function orByName({ name, source }: ByteReader): string {
  const file = name === 'stdin' ? '/dev/stdin' : source.path;
  return file === undefined ? '' : ` or as ${spellInputName({ file, tensor: 'TENSOR' })}`;
}

function namedTensor<T extends NamedTensor>(
  tensors: readonly T[],
  name: string,
  source: string,
): Pick<ChosenTensor<T>, 'tensor' | 'element'> {
  const tensor = tensors.find((candidate) => candidate.name === name);
  if (!tensor) {
    const pattern = /[*{]/.test(name) ? '; {layer}, {batch} and {head} stand for numbers' : '';
    throw dataError(
      `${source}: no tensor ${shownName(name)}; there are ${listTensorsLike(tensors, name) || 'none'}${pattern}`,
    );
  }
  if (tensor.element) return { tensor, element: tensor.element };
  throw dataError(
    `${source}: tensor ${shownName(name)} is of type ${shownName(tensor.typeName)}, which is not read; ${adviceOn(tensor)}`,
  );
}

const adviceOn = ({ instead = 'convert it to F32 first' }: NamedTensor): string => instead;

/** The tensors in words, by pattern, as many as a message has room for. */
export const listTensors = (tensors: readonly NamedTensor[]): string =>
  listSome(tensorPatterns(tensors).map(({ pattern, what }) => `${shownName(pattern)}: ${what}`));

/** The same, those whose names begin as the one that is wanted does before others. */
export const listTensorsLike = (tensors: readonly NamedTensor[], wanted: string): string =>
  listSome(alikeFirst(tensorPatterns(tensors), wanted).map(({ pattern, what }) => `${shownName(pattern)}: ${what}`));

/** Tensors whose names differ in numbers alone. */
export interface TensorPattern extends NamePattern<NamedTensor> {
  /** `32 x F16 (8, 4096, 128)`: how many there are, their type and shape; `F16 (8, 4096, 128)` of one. */
  readonly what: string;
  /** The shape alone; `(8, 128-4096, 64)` where they differ. */
  readonly shape: string;
}

/** Tensors by pattern: those of one type and number of axes are one. */
export const tensorPatterns = (tensors: readonly NamedTensor[]): TensorPattern[] =>
  namesByPattern(tensors, ({ typeName, shape }) => `${typeName} ${shape.length}`).map(({ pattern, members }) => {
    const shape = spellShapes(members.map((tensor) => tensor.shape));
    const what = `${shownName(members[0]!.typeName)} ${shape}`;
    return { pattern, members, shape, what: members.length === 1 ? what : `${members.length} x ${what}` };
  });

/** Shapes of as many axes in one: `(8, 128-4096, 64)` where they differ in an axis. */
function spellShapes(shapes: readonly (readonly number[])[]): string {
  const axes = shapes[0]!.map((_, axis) => {
    const lengths = shapes.map((shape) => shape[axis]!);
    const least = lengths.reduce((a, b) => Math.min(a, b));
    const most = lengths.reduce((a, b) => Math.max(a, b));
    return least === most ? String(least) : `${least}-${most}`;
  });
  return `(${axes.join(', ')}${axes.length === 1 ? ',' : ''})`;
}

/** As many of a list as a message has room for, and how many more there are. */
export const listSome = (items: readonly string[]): string =>
  [...items.slice(0, LISTED), ...(items.length > LISTED ? [`and ${items.length - LISTED} more`] : [])].join(', ');
