/** Opens a matrix whatever its format: recognised by its first bytes, or named. */

import { dataError, usageError } from '../errors.js';
import type { ByteReader } from './bytes.js';
import { watchRowNumbers } from './columns/row-numbers.js';
import { GZIP_MAGIC, ZSTD_MAGIC } from './compression/magic.js';
import { arrowFormat } from './formats/arrow.js';
import { csvFormat } from './formats/csv.js';
import { type MatrixFormat, RECOGNISE_BYTES, type ReadOptions } from './formats/format.js';
import { ndjsonFormat } from './formats/ndjson.js';
import { npyFormat } from './formats/npy.js';
import { npzFormat } from './formats/npz.js';
import { parquetFormat } from './formats/parquet.js';
import { RAW_SPELLING, rawFormatFrom, VECS_FORMATS, vecsFormatOf } from './formats/raw.js';
import { safetensorsFormat } from './formats/safetensors.js';
import { onlyMatrix } from './heads/open-heads.js';
import type { MatrixReader } from './row-block.js';

/** Every format that is read; the first that recognises an input gets it, so the least particular one comes last. */
export const FORMATS: readonly MatrixFormat[] = [
  npyFormat,
  npzFormat,
  safetensorsFormat,
  parquetFormat,
  arrowFormat,
  ndjsonFormat,
  ...VECS_FORMATS,
  csvFormat,
];

const WHOLE = 'compress the whole of an input or nothing of it';

/** Formats that are known by their first bytes and not read, with what to do instead. */
const NOT_READ: readonly { readonly magic: readonly number[]; readonly what: string; readonly instead: string }[] = [
  { magic: GZIP_MAGIC, what: 'gzip data after other data', instead: WHOLE },
  { magic: ZSTD_MAGIC, what: 'zstd data after other data', instead: WHOLE },
  {
    magic: [0xfd, 0x37, 0x7a, 0x58],
    what: 'xz-compressed',
    instead: 'decompress it on the way: xz -dc FILE | levattn …',
  },
  {
    magic: [0x42, 0x5a, 0x68],
    what: 'bzip2-compressed',
    instead: 'decompress it on the way: bzip2 -dc FILE | levattn …',
  },
  {
    magic: [0x04, 0x22, 0x4d, 0x18],
    what: 'LZ4-compressed',
    instead: 'decompress it on the way: lz4 -dc FILE | levattn …',
  },
  { magic: [0x89, 0x48, 0x44, 0x46], what: 'an HDF5 file', instead: 'convert it to npy first' },
  { magic: [0xff, 0xfe], what: 'UTF-16 text', instead: 'convert it to UTF-8: iconv -f UTF-16 -t UTF-8' },
  { magic: [0xfe, 0xff], what: 'UTF-16 text', instead: 'convert it to UTF-8: iconv -f UTF-16 -t UTF-8' },
];

/**
 * Opens the matrix that begins at the reader's next byte; of an array of heads, the one that the options choose.
 * @param format - the format's name; recognised where not given
 * @throws LevattnError where there is no input, no known format or no suitable matrix, or several matrices
 */
export async function openMatrix(bytes: ByteReader, options: ReadOptions = {}, format?: string): Promise<MatrixReader> {
  return onlyMatrix(await openArray(bytes, options, format), options);
}

/**
 * Opens the matrix or the array of matrices that begins at the reader's next byte: a reader of all their rows, with their
 * {@link MatrixReader.shape}.
 * @throws LevattnError as {@link openMatrix} does
 */
export async function openArray(bytes: ByteReader, options: ReadOptions = {}, format?: string): Promise<MatrixReader> {
  const recognised = await recogniseFormat(bytes, format);
  if (options.idColumn !== undefined && !recognised.hasColumns) {
    throw usageError(
      `${bytes.name}: is ${recognised.name}, which has no named columns; --id-column takes Arrow, Parquet, CSV or NDJSON`,
    );
  }
  if (!recognised.listTensors) bytes.refuseTensor(recognised.name);
  const opened = await recognised.open(bytes, { ...options, tensor: bytes.tensor ?? options.tensor });
  const reader = opened.onlyIntegers && options.warn ? watchRowNumbers(opened, options.warn) : opened;
  // A pipe may stay open after its last row, and something else may follow.
  return bytes.source.compression === undefined || bytes.source.streaming ? reader : withChecksum(bytes, reader);
}

/** A reader of compressed data that looks for their end after its last row: what comes there says whether they are sound. */
function withChecksum(bytes: ByteReader, reader: MatrixReader): MatrixReader {
  return {
    ...reader,
    read: async (into, maxRows, idsInto) => {
      const rows = await reader.read(into, maxRows, idsInto);
      if (rows === 0) await bytes.atEnd();
      return rows;
    },
  };
}

/**
 * The format of a name, as `--input-format` spells it.
 * @throws LevattnError where there is none
 */
export function formatNamed(name: string): MatrixFormat {
  const named = rawFormatFrom(name) ?? FORMATS.find((format) => format.name === name);
  if (named) return named;
  throw usageError(
    `unknown input format '${name}'; known: ${[...FORMATS.map((format) => format.name), RAW_SPELLING].join(', ')}`,
  );
}

/** The format of what begins at the reader's next byte; consumes nothing. */
export async function recogniseFormat(bytes: ByteReader, name?: string): Promise<MatrixFormat> {
  const said = name === undefined ? vecsFormatOf(bytes.source.path ?? '') : formatNamed(name);
  const head = await bytes.peek(RECOGNISE_BYTES);
  if (head.length === 0) throw dataError(`${bytes.name}: no data; a matrix was expected`);
  const format = said ?? FORMATS.find((candidate) => candidate.recognise(head));
  if (format) return format;
  const known = NOT_READ.find(({ magic }) => magic.every((byte, i) => head[i] === byte));
  if (known) throw dataError(`${bytes.name}: ${known.what}, which is not read; ${known.instead}`);
  throw dataError(
    `${bytes.name}: no known format in its first bytes; read are ${FORMATS.map(({ name }) => name).join(', ')}`,
  );
}
