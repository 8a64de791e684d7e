/** Opens what a command reads, and says what was found. */

import { isatty } from 'node:tty';
import { dataError, usageError } from '../errors.js';
import { arrowFormat, openArrow } from '../formats/arrow.js';
import { STDIN_NAME } from '../formats/bytes/naming.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { canReopen, isStandardInput, openBytes } from '../formats/bytes/sources.js';
import { RECOGNISE_BYTES } from '../formats/format.js';
import { openArray } from '../formats/open.js';
import type { ColumnNames, ExpectedColumns } from '../rows/column-names.js';
import { onlyMatrix } from '../rows/heads/matrices.js';
import type { MatrixReader } from '../rows/row-block.js';
import { isSketchNext } from '../sketch-file/content.js';
import { holdsUniversalSets } from '../universal-set/heads-table.js';
import { holdsCoresets } from '../universal-set/softmax-coreset.js';
import { type Notices, warnOnce } from './notices.js';
import { columnOptions, type InputOptions, readOptions } from './options.js';

/** The path that means standard input. */
export const STDIN = STDIN_NAME;

/** Whether a path means standard input. */
export const isStdin = isStandardInput;

/** What messages call an input. */
export const nameOfInput = (path: string): string => (isStdin(path) ? 'stdin' : path);

/** Opens a path, or standard input, which must not be a terminal. */
export async function openInput(path: string, what: string): Promise<ByteReader> {
  if (path === STDIN && isatty(0)) {
    throw usageError(`no ${what}: name a file, or redirect or pipe one to standard input (levattn --help shows how)`);
  }
  return openBytes(path);
}

/** Opens the matrix that begins at the reader's next byte, and logs what it is. */
export async function openInputMatrix(
  bytes: ByteReader,
  options: InputOptions,
  notices: Notices,
): Promise<MatrixReader> {
  const array = await openInputArray(bytes, options, notices);
  const reader = onlyMatrix(array, readOptions(options));
  const { target, layer, head, batch } = options;
  if (reader === array && !target && (layer ?? head ?? batch)) {
    notices.warn(`${reader.name}: is one matrix; ${layer ? '--layer, ' : ''}--head and --batch change nothing`);
  }
  reportMatrix(reader, notices);
  return reader;
}

/** Opens the matrix, or the array of matrices, that begins at the reader's next byte. */
export async function openInputArray(
  bytes: ByteReader,
  options: InputOptions,
  notices: Notices,
): Promise<MatrixReader> {
  if (await isSketchNext(bytes)) {
    throw dataError(`${bytes.name}: is a sketch, where K, Q or V itself is expected; are two inputs swapped?`);
  }
  const reader = await openArray(bytes, readOptions(options, notices), options.inputFormat);
  const chosen = options.column ?? options.columns;
  if (holdsUniversalSets(reader.metadata) && chosen === undefined && !options.fromSets) {
    throw dataError(
      `${reader.name}: is a universal set, where K, Q or V itself is expected; are two inputs swapped? --column key reads its keys`,
    );
  }
  if (reader.format === 'npy' && Object.values(columnOptions(options)).some((value) => value !== undefined)) {
    notices.warn(
      `${reader.name}: is npy, which has no columns to choose or header to tell; those options change nothing`,
    );
  }
  return reader;
}

/** Whether a name is of a universal set, a sketch or a coreset for softmax, which were made of K. */
export async function isMade(name: string): Promise<boolean> {
  const bytes = await openBytes(name);
  try {
    if (await isSketchNext(bytes)) return true;
    if (!arrowFormat.recognise(await bytes.peek(RECOGNISE_BYTES))) return false;
    const { metadata } = (await openArrow(bytes)).schema;
    return holdsUniversalSets(metadata) || holdsCoresets(metadata);
  } finally {
    await bytes.close();
  }
}

/** Logs what a reader found; where it chose among columns by itself, as a warning, so that none slips in unseen. */
export function reportMatrix(reader: MatrixReader, notices: Notices): void {
  const message = `${reader.name}: ${reader.description}`;
  if (reader.leftOut.length > 0) warnOnce(notices)(`${message}; choose others with ${chooserOf(reader)}`);
  else notices.info({ d: reader.d, rows: reader.rows }, message);
}

/** The option that chooses what is read of a file. */
const chooserOf = ({ format }: MatrixReader): string =>
  ['safetensors', 'npz', 'pt'].includes(format) ? '--tensor' : '--columns, all of numbers with --columns all';

/** Whether a path can be read again: a file by its name, or one that is redirected to a descriptor of its own. */
export const canReadAgain = canReopen;

/**
 * Refuses inputs that can be read once only.
 * @param why - they are read more than once, as `scores take more passes over K`
 */
export function refuseOnce(paths: readonly string[], why: string): void {
  const once = paths.find((path) => !canReadAgain(path));
  if (once === undefined) return;
  throw dataError(`${nameOfInput(once)}: can be read once only, and ${why}; give it as a file by its name`);
}

/** Warns of bytes that follow a matrix in a file: they were not asked for, and may be a mistake. */
export function reportTrailing(bytes: ByteReader, notices: Notices): void {
  const left = (bytes.size ?? 0) - bytes.position;
  if (left > 0) notices.warn(`${bytes.name}: ${left} bytes follow the matrix and were not read`);
}

/** The columns that what goes with a matrix must have. */
export const expectedOf = ({
  columnNames,
  name,
}: Pick<MatrixReader, 'columnNames' | 'name'>): ExpectedColumns | undefined =>
  columnNames && { ...columnNames, of: name };

/** The columns that queries or another reading of K must have: those of the keys, by name where both have the same names. */
export const besideKeys = (columnNames: ColumnNames | undefined, name: string): ExpectedColumns | undefined =>
  columnNames && { ...columnNames, of: name, otherNames: true };

/** One matrix, where several could be. */
export async function* only(reader: MatrixReader): AsyncGenerator<MatrixReader, void, undefined> {
  yield reader;
}

/** The error for a Q that should follow the keys on standard input and does not. */
export const missingQueries = (): Error =>
  dataError('stdin: it ends after the keys, where Q must follow; name Q as an argument or the keys with --keys');
