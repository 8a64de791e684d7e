/** Opens a matrix whatever its format: recognised by its first bytes, or named. */

import { dataError, type LevattnError, usageError } from '../errors.js';
import { onlyMatrix } from '../rows/heads/matrices.js';
import { indexedRows } from '../rows/index/indexed-rows.js';
import type { MatrixReader } from '../rows/row-block.js';
import { arrowFormat, surelyArrow } from './arrow.js';
import { formatOptions, withMissing, withOnes, withUnits } from './asked-rows.js';
import type { ByteReader } from './bytes/reader.js';
import { watchRowNumbers } from './columns/row-numbers.js';
import { csvFormat } from './csv.js';
import { type MatrixFormat, RECOGNISE_BYTES, type ReadOptions } from './format.js';
import { ndjsonFormat } from './ndjson.js';
import { notRead } from './not-read/kind.js';
import { type Sight, sightOf } from './not-read/signs.js';
import { NOT_READ } from './not-read/table.js';
import { npyFormat } from './npy.js';
import { npzFormat } from './npz.js';
import { parquetFormat } from './parquet.js';
import { lackedPartitions } from './partitions.js';
import { ptFormat } from './pt.js';
import { RAW, RAW_SPELLING, rawFormatFrom, VECS_FORMATS, vecsFormatOf } from './raw.js';
import { surelySafetensors } from './safetensors/header.js';
import { isShardIndex } from './safetensors/shards.js';
import { safetensorsFormat } from './safetensors.js';
import { MAX_AXES, spellShape } from './tensors.js';
import { zipFormatOf } from './zip-format.js';

/** Every format that is read; the first that recognises an input gets it, so the least particular one comes last. */
export const FORMATS: readonly MatrixFormat[] = [
  npyFormat,
  npzFormat,
  ptFormat,
  safetensorsFormat,
  parquetFormat,
  arrowFormat,
  ndjsonFormat,
  ...VECS_FORMATS,
  csvFormat,
];

/** Formats without a magic word; a binary file is none of them, nor is a text any of the others. */
const TEXT_FORMATS: readonly MatrixFormat[] = [ndjsonFormat, csvFormat];

/** Binary formats with a magic word, but for those in a zip archive, and whether it is one that rows of numbers without a header cannot begin with by chance. */
const WITH_MAGIC: readonly { readonly format: MatrixFormat; readonly surely: MatrixFormat['recognise'] }[] = [
  { format: npyFormat, surely: npyFormat.recognise },
  { format: safetensorsFormat, surely: surelySafetensors },
  { format: parquetFormat, surely: parquetFormat.recognise },
  { format: arrowFormat, surely: surelyArrow },
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
      `${bytes.name}: is ${recognised.name}, which has no named columns; --id-column takes ${FORMATS.filter(
        ({ hasColumns }) => hasColumns,
      )
        .map(({ name }) => name)
        .join(', ')}`,
    );
  }
  if (!recognised.listTensors) bytes.refuseTensor(recognised.name);
  const { index } = bytes;
  const whole = await recognised.open(bytes, { ...formatOptions(options), tensor: bytes.tensor ?? options.tensor });
  const lacked = lackedPartitions(whole);
  if (lacked !== undefined) options.warn?.(lacked);
  const filled = withMissing(withUnits(whole, options), options);
  const indexed = index ? indexedRows(filled, index) : filled;
  refuseMoreAxes(indexed);
  const opened = withOnes(indexed, options);
  const reader = opened.onlyIntegers && options.warn ? watchRowNumbers(opened, options.warn) : opened;
  // A pipe may stay open after its last row, and something else may follow.
  return bytes.source.compression === undefined || bytes.source.streaming ? reader : withChecksum(bytes, reader);
}

/** @throws LevattnError where an array has more axes than are read */
function refuseMoreAxes({ name, shape = [] }: MatrixReader): void {
  if (shape.length <= MAX_AXES) return;
  throw dataError(
    `${name}: shape ${spellShape(shape)}, but at most (layers, batch, heads, n, d) is read; name a part of it, as FILE::TENSOR[0] or, of npy, FILE::[0]`,
  );
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

/**
 * The format of what begins at the reader's next byte; consumes nothing.
 * @throws LevattnError where it is of no format that is read, or of another than the one that is named
 */
export async function recogniseFormat(bytes: ByteReader, name?: string): Promise<MatrixFormat> {
  // Looking further ahead would change what a view of the reader shows.
  const head = (await bytes.peek(RECOGNISE_BYTES)).slice();
  const named = name === undefined ? undefined : formatNamed(name);
  if (head.length === 0) throw dataError(`${bytes.name}: no data; a matrix was expected`);
  const zip = await zipFormatOf(bytes);
  if (zip && named && named !== zip) throw otherFormat(bytes.name, zip, named);
  if (zip) return zip;
  const { path, size } = bytes.source;
  const sight = sightOf(head, path, size === undefined ? undefined : size - bytes.position);
  if (named) return heldToItsName(bytes.name, named, sight);
  const magic = sight.textual ? [] : WITH_MAGIC;
  const sure = magic.find(({ surely }) => surely(head));
  if (sure) return sure.format;
  const surelyNotRead = NOT_READ.find(({ sign }) => sign.surely(sight));
  if (surelyNotRead) throw notRead(bytes.name, surelyNotRead, sight);
  // Rows without a magic word are told by the file's ending, and only where nothing else is sure.
  const vecs = vecsFormatOf(sight.path);
  if (vecs) return vecs;
  const likely = magic.find(({ format }) => format.recognise(head));
  if (likely) return likely.format;
  const kind = NOT_READ.find(({ sign }) => sign.matches(sight));
  if (kind) throw notRead(bytes.name, kind, sight);
  if (await isShardIndex(bytes)) return safetensorsFormat;
  const text = TEXT_FORMATS.find((format) => format.recognise(head));
  if (text) return text;
  throw dataError(
    `${bytes.name}: no known format in its first bytes; read are ${FORMATS.map((format) => format.name).join(', ')}, and rows without a header with --input-format ${RAW_SPELLING}`,
  );
}

/** A format that was named, unless the first bytes are those of another: its header would be read as rows, or its rows as damage. */
function heldToItsName(source: string, named: MatrixFormat, sight: Sight): MatrixFormat {
  if (named.recognise(sight.head)) return named;
  const other =
    WITH_MAGIC.find(({ surely }) => !sight.textual && surely(sight.head))?.format ??
    (named.name === RAW ? vecsFormatOf(sight.path) : undefined);
  if (other && other !== named) throw otherFormat(source, other, named);
  const kind = NOT_READ.find(({ sign }) => sign.surely(sight));
  if (kind) throw notRead(source, kind, sight);
  return named;
}

const otherFormat = (source: string, format: MatrixFormat, named: MatrixFormat): LevattnError =>
  usageError(`${source}: is ${format.name}, not ${named.name}; leave --input-format out`);
