/** What `levattn attend` reads before Q: the keys to attend to, all keys, and V. */

import type { KeysWithValues } from '../attention/attend.js';
import { dataError } from '../errors.js';
import { refuseOtherColumns } from '../input/agreement.js';
import { keyMask } from '../input/key-mask.js';
import { openKeys } from '../input/keys.js';
import { heldAtMost } from '../input/memory.js';
import {
  expectedOf,
  missingQueries,
  openInput,
  openInputMatrix,
  reportMatrix,
  reportTrailing,
  STDIN,
} from '../input/open.js';
import { readOptions } from '../input/options.js';
import { maskQueries, type QueryMaskOptions } from '../input/query-mask.js';
import { readRowList } from '../input/row-list.js';
import { createKernels } from '../kernels/backends.js';
import { rowBlocks } from '../matrix/blocks.js';
import type { ByteReader } from '../matrix/bytes.js';
import type { ExpectedColumns } from '../matrix/columns/expected.js';
import { type HeldRows, holdRows, pickRows } from '../matrix/held-rows.js';
import { checkMask } from '../matrix/masked-rows.js';
import type { Dtype, MatrixReader } from '../matrix/row-block.js';
import { universalSetFrom } from '../sketch-file/select-from.js';
import type { Logger } from './log.js';
import type { ComputeOptions } from './options.js';
import { warnOfMissing } from './selection.js';

/** What decides what is read, and how. */
export interface AttendInputOptions extends QueryMaskOptions, Pick<ComputeOptions, 'backend'> {
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
  /** The queries. */
  readonly reader: MatrixReader;
  /** Warns of bytes that were not read of any input, when all is done. */
  readonly reportAllTrailing: () => void;
}

/**
 * Opens the inputs one after another, as they may follow one another on standard input: keys, V, Q.
 * @throws LevattnError where they do not belong together
 */
export async function openInputs(queriesPath: string, options: AttendInputOptions, log: Logger): Promise<AttendInputs> {
  const keysBytes = await openInput(options.keys ?? STDIN, 'keys');
  const mask = await keyMask(options);
  const { keys, like } = await keysThatAttend(keysBytes, mask, options, log);
  const { compare } = options;
  const full = compare === undefined ? undefined : await holdKeys(compare, keys, mask, { ...options, like }, log);
  const valuesBytes = await openInput(options.values ?? STDIN, 'V');
  const valuesReader = await openInputMatrix(valuesBytes, options, log);
  const values = await holdMatrix(valuesReader, options, (full ?? keys).index);
  if (values.n !== keys.n) {
    throw dataError(`${valuesReader.name}: V has ${values.n} rows where K has ${keys.n}; both must agree`);
  }
  const queriesBytes = await openInput(queriesPath, 'Q');
  if ((queriesBytes === keysBytes || queriesBytes === valuesBytes) && (await queriesBytes.atEnd())) {
    throw missingQueries();
  }
  const beside = { ...options, like: like && { ...like, otherNames: true } };
  const reader = await maskQueries(await openInputMatrix(queriesBytes, beside, log), queriesPath, mask, beside);
  if (reader.d !== keys.d && reader.d === values.d) {
    throw dataError(
      `${reader.name}: queries have ${reader.d} columns where the keys have ${keys.d} and V has ${values.d}; are --keys and --values swapped?`,
    );
  }
  refuseOtherColumns(reader, { d: keys.d, rows: keys.n });
  const withValues = (of: HeldRows): KeysWithValues => ({ ...of, attended: pickRows(values, of.index) });
  return {
    n: keys.n,
    keys: withValues(keys),
    full: full && withValues(full),
    width: values.d,
    dtype: valuesReader.dtype,
    reader,
    reportAllTrailing: () => {
      for (const bytes of new Set([keysBytes, valuesBytes, queriesBytes])) reportTrailing(bytes, log);
    },
  };
}

/** The keys to attend to, of a set, a sketch, or by their rows. */
async function keysThatAttend(
  bytes: ByteReader,
  mask: Uint8Array | undefined,
  options: AttendInputOptions,
  log: Logger,
): Promise<{ readonly keys: HeldRows; readonly like: ExpectedColumns | undefined }> {
  const keys = await openKeys(bytes, readOptions(options, log), options.inputFormat);
  if (keys.kind === 'matrix') {
    reportMatrix(keys.reader, log);
    return { keys: await chosenRows(keys.reader, mask, options), like: expectedOf(keys.reader) };
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
  reader: MatrixReader,
  mask: Uint8Array | undefined,
  options: AttendInputOptions,
): Promise<HeldRows> {
  if (options.rows === undefined) {
    throw dataError(
      `${reader.name}: is K itself; make U of it with levattn select-keys, or say which rows to attend to with --rows`,
    );
  }
  const wanted = await readRowList(await openInput(options.rows, 'rows'), reader.at);
  if (wanted.length === 0)
    throw dataError(`${options.rows}: names no rows of ${reader.name}; there is nothing to attend to`);
  const padding = wanted.find((row) => mask?.[row] === 0);
  if (padding !== undefined) {
    throw dataError(`${options.rows}: names row ${padding}, which ${options.mask} says is padding; leave it out`);
  }
  const held = await holdMatrix(reader, options, wanted);
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

/** Rows of a matrix that must be finite. */
const holdMatrix = (reader: MatrixReader, { memory }: AttendInputOptions, wanted?: Float64Array): Promise<HeldRows> =>
  holdRows(rowBlocks(reader), {
    wanted,
    most: heldAtMost(memory),
    describeRow: (row) => `${reader.name}: row ${row}`,
  });

/** All keys, to compare with; those with NaN or infinities are left out where that is allowed. */
async function holdKeys(
  path: string,
  keys: HeldRows,
  mask: Uint8Array | undefined,
  options: AttendInputOptions,
  log: Logger,
): Promise<HeldRows> {
  const bytes = await openInput(path, 'K');
  const reader = await openInputMatrix(bytes, options, log);
  const held = await holdRows(rowBlocks(reader), {
    mask,
    most: heldAtMost(options.memory),
    nonFinite: options.nan,
    advice: 'mend the data, or leave such keys out with --nan skip',
    describeRow: (row) => `${reader.name}: row ${row}`,
  });
  reportTrailing(bytes, log);
  if (held.n !== keys.n || held.d !== keys.d) {
    throw dataError(
      `${reader.name}: ${held.n} x ${held.d} where the keys are of ${keys.n} x ${keys.d}; give the K they were chosen from`,
    );
  }
  const there = new Set(held.index);
  const same = keys.index.every((row) => there.has(row)) && isSame(pickRows(held, keys.index), keys.values);
  if (!same)
    throw dataError(`${reader.name}: does not hold the keys that were chosen; give the K they were chosen from`);
  return held;
}

const isSame = (a: Float64Array, b: Float64Array): boolean => a.every((value, at) => value === b[at]);
