/** What `levattn attend` reads before Q: the keys to attend to, all keys, and V. */

import type { KeysWithValues } from '../../../attention/attend.js';
import { dataError, usageError } from '../../../errors.js';
import type { ByteReader } from '../../../formats/bytes/reader.js';
import type { NamedPlace } from '../../../formats/naming/pattern.js';
import { refuseOtherColumns } from '../../../input/agreement.js';
import { coresetIn } from '../../../input/coresets.js';
import { type FirstFile, Input, type InputSettings } from '../../../input/input.js';
import { keyMask } from '../../../input/key-mask.js';
import { openKeys } from '../../../input/keys.js';
import { heldAtMost } from '../../../input/memory.js';
import { warnOnce } from '../../../input/notices.js';
import { expectedOf, isStdin, openInput, reportMatrix, STDIN } from '../../../input/open.js';
import { asRole, readOptions } from '../../../input/options.js';
import { queriesInput } from '../../../input/queries-input.js';
import type { QueryMaskOptions } from '../../../input/query-mask.js';
import { readRowList } from '../../../input/row-list.js';
import { optionsAt, placeBeside, sourceOf } from '../../../input/sources.js';
import { holdValues } from '../../../input/values-input.js';
import { createKernels } from '../../../kernels/backends.js';
import type { ExpectedColumns } from '../../../rows/column-names.js';
import { type HeldRows, pickRows } from '../../../rows/held-rows.js';
import { checkMask } from '../../../rows/masked-rows.js';
import type { Dtype } from '../../../rows/row-block.js';
import { universalSetFrom } from '../../../sketch-file/set-from-sketch.js';
import type { SoftmaxCoreset } from '../../../universal-set/softmax-coreset.js';
import type { ComputeOptions } from '../../options/options.js';
import type { Logger } from '../../terminal/log.js';
import { warnOfMissing } from '../selection/select-pass.js';

/** What decides what is read, and how. */
export interface AttendInputOptions extends QueryMaskOptions, ComputeOptions {
  readonly keys?: string;
  readonly rows?: string;
  readonly values?: string;
  readonly compare?: string;
  readonly allowPartial?: boolean;
  readonly memory?: number;
}

/** Everything that is read before the first query. */
export interface AttendInputs {
  readonly n: number;
  readonly keys: KeysWithValues;
  /** All keys, where outputs are compared. */
  readonly full: KeysWithValues | undefined;
  /** Columns of V, and their type. */
  readonly width: number;
  readonly dtype: Dtype;
  readonly queries: Input;
  /** What weights of a coreset were made for. */
  readonly scale?: number | undefined;
}

/**
 * Opens the inputs one after another, as they may follow one another on standard input: keys, V, Q.
 * @throws LevattnError where they do not belong together
 */
export async function openInputs(queriesPath: string, options: AttendInputOptions, log: Logger): Promise<AttendInputs> {
  const coreset = await coresetIn(options.keys ?? STDIN, options);
  if (coreset) return openBeside(coreset, queriesPath, options, log);
  if (options.values === undefined) throw usageError("required option '--values <file>' not specified");
  const source = await sourceOf(options.keys ?? STDIN, options);
  const keysBytes = await openInput(source.name, 'keys');
  const mask = await keyMask(options);
  const [followsV, followsK] = [isStdin(queriesPath), [queriesPath, options.values ?? STDIN].some(isStdin)];
  const { keys, like } = await keysThatAttend(keysBytes, source.place, mask, followsK, options, log);
  const { compare } = options;
  const full = compare === undefined ? undefined : await holdKeys(compare, keys, mask, { ...options, like }, log);
  const valuesInput = new Input(options.values ?? STDIN, { ...options, role: 'V', followed: followsV }, log);
  const { name, dtype } = await valuesInput.head();
  const values = await valuesInput.hold({
    wanted: (full ?? keys).index,
    most: heldAtMost(options.memory),
    nonFinite: 'error',
  });
  if (values.n !== keys.n) {
    throw dataError(`${name}: V has ${values.n} rows where K has ${keys.n}; both must agree`);
  }
  const beside = { mask, like: like && { ...like, otherNames: true } };
  const queries = queriesInput(queriesPath, beside, options, log);
  const { d, ...reader } = await queries.headAfter(keysBytes, valuesInput);
  if (d !== keys.d && d === values.d) {
    throw dataError(
      `${reader.name}: queries have ${d} columns where the keys have ${keys.d} and V has ${values.d}; are --keys and --values swapped?`,
    );
  }
  refuseOtherColumns({ ...reader, d }, { d: keys.d, rows: keys.n });
  const withValues = (of: HeldRows): KeysWithValues => ({ ...of, attended: pickRows(values, of.index) });
  return { n: keys.n, keys: withValues(keys), full: full && withValues(full), width: values.d, dtype, queries };
}

/** Weighted keys that stand for all, which bring their values; V is read to compare with alone. */
async function openBeside(
  coreset: SoftmaxCoreset,
  queriesPath: string,
  options: AttendInputOptions,
  log: Logger,
): Promise<AttendInputs> {
  const { keys: name, rows, values: valuesPath, compare } = options;
  const { n, d, scale, dtype } = coreset;
  if (rows !== undefined) throw usageError(`${name}: is a coreset, whose keys are all taken; leave --rows out`);
  if (!coreset.values) {
    throw dataError(`${name}: is a coreset without values; make it with levattn coreset --for softmax --values V`);
  }
  if ((compare === undefined) !== (valuesPath === undefined)) {
    throw usageError(
      `${name}: is a coreset, which has its values; give --values V and --compare K together, to compare with, or neither`,
    );
  }
  const mask = await keyMask(options);
  const { width, low, high } = coreset.values;
  const order = Array.from(coreset.index.keys()).sort((i, j) => coreset.index[i] - coreset.index[j]);
  const sorted = (rowsOf: Float64Array, size: number): Float64Array =>
    Float64Array.from(order.flatMap((i) => [...rowsOf.subarray(i * size, (i + 1) * size)]));
  const keys = { n, d, index: sorted(coreset.index, 1), values: sorted(coreset.keys, d) };
  let full: KeysWithValues | undefined;
  if (compare !== undefined) {
    const held = await holdKeys(compare, keys, mask, options, log);
    const values = await holdValues(valuesPath!, held, options, log);
    if (values.held.width !== width) {
      throw dataError(`${valuesPath}: V has ${values.held.width} columns where ${name} was made with ${width}`);
    }
    full = { ...held, attended: values.held.rows };
  }
  const queries = queriesInput(queriesPath, { mask, d, rows: n }, options, log);
  await queries.head();
  const weights = { weight: sorted(coreset.weight, 1), low, high };
  const few = { ...keys, attended: sorted(coreset.values.rows, width), weights };
  return { n, keys: few, full, width, dtype, queries, scale };
}

/** The keys to attend to, of a set, a sketch, or by their rows. */
async function keysThatAttend(
  bytes: ByteReader,
  place: NamedPlace,
  mask: Uint8Array | undefined,
  followed: boolean,
  given: AttendInputOptions,
  log: Logger,
): Promise<{ readonly keys: HeldRows; readonly like: ExpectedColumns | undefined }> {
  const options = asRole(optionsAt(given, place), 'K');
  const keys = await openKeys(bytes, readOptions(options, log), options.inputFormat, options.keptSets);
  if (keys.kind === 'matrix') {
    reportMatrix(keys.reader, log);
    return {
      keys: await chosenRows({ bytes, reader: keys.reader }, place, mask, { ...options, followed }, log),
      like: expectedOf(keys.reader),
    };
  }
  if (options.rows !== undefined) {
    throw dataError(`${bytes.name}: is no matrix, which --rows would choose from; give K itself, or leave --rows out`);
  }
  const { allowPartial, backend } = options;
  const set =
    keys.kind === 'set'
      ? keys.set
      : universalSetFrom(keys.content, bytes.name, { kernels: createKernels(backend) }, { allowPartial });
  // Without K to compare with nothing is read that the mask would take out.
  if (mask || options.compare !== undefined) checkMask(set, mask, bytes.name, options.mask);
  warnOfMissing(set, log);
  const { n, d, index, eps } = set;
  log.info({ n, d, eps, size: index.length }, `${bytes.name}: universal set`);
  if (index.length === 0) throw dataError(`${bytes.name}: U has no keys to attend to; make it with a smaller --eps`);
  const like = set.columns && { ...set.columns, of: bytes.name };
  return { keys: { n, d, index, values: set.keys }, like };
}

/** The rows of K that a list names. */
async function chosenRows(
  first: Required<FirstFile>,
  place: NamedPlace,
  mask: Uint8Array | undefined,
  options: AttendInputOptions & Pick<InputSettings, 'followed'>,
  log: Logger,
): Promise<HeldRows> {
  const { reader } = first;
  if (options.rows === undefined) {
    throw dataError(
      `${reader.name}: is K itself; make U of it with levattn select-keys, or say which rows to attend to with --rows`,
    );
  }
  const list = await sourceOf(options.rows, options);
  const at = placeBeside(list.place, place, reader.at);
  const wanted = await readRowList(list.name, { at, among: reader.among, warn: warnOnce(log) });
  if (wanted.length === 0)
    throw dataError(`${options.rows}: names no rows of ${reader.name}; there is nothing to attend to`);
  const padding = wanted.find((row) => mask?.[row] === 0);
  if (padding !== undefined) {
    throw dataError(`${options.rows}: names row ${padding}, which ${options.mask} says is padding; leave it out`);
  }
  const keys = new Input(options.keys ?? STDIN, { ...options, role: 'K' }, log, first);
  const held = await keys.hold({ wanted, most: heldAtMost(options.memory), nonFinite: 'error' });
  if (mask && mask.length !== held.n) {
    throw dataError(
      `${options.mask}: ${mask.length} entries where ${reader.name} has ${held.n} rows; one for each key is expected`,
    );
  }
  if (held.index.length < wanted.length) {
    throw dataError(`${options.rows}: names row ${wanted[held.index.length]} where ${reader.name} has ${held.n} rows`);
  }
  return held;
}

/** All keys, to compare with; those with NaN or infinities are left out where that is allowed. */
async function holdKeys(
  path: string,
  keys: HeldRows,
  mask: Uint8Array | undefined,
  options: AttendInputOptions,
  log: Logger,
): Promise<HeldRows> {
  const input = new Input(path, { ...options, role: 'K' }, log);
  const { name } = await input.head();
  const held = await input.hold({
    mask,
    most: heldAtMost(options.memory),
    advice: 'fix the data, or leave such keys out with --nan skip',
  });
  if (held.n !== keys.n || held.d !== keys.d) {
    throw dataError(
      `${name}: ${held.n} x ${held.d} where the keys are of ${keys.n} x ${keys.d}; give the K they were chosen from`,
    );
  }
  const there = new Set(held.index);
  const same = keys.index.every((row) => there.has(row)) && isSame(pickRows(held, keys.index), keys.values);
  if (!same) throw dataError(`${name}: does not hold the keys that were chosen; give the K they were chosen from`);
  return held;
}

const isSame = (a: Float64Array, b: Float64Array): boolean => a.every((value, at) => value === b[at]);
