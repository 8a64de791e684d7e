/** Rows without a header: raw binary, whose type and width the user says, and fvecs and its kin, where each row begins with its length. */

import { dataError, usageError } from '../errors.js';
import { MAX_COLUMNS } from '../rows/limits.js';
import type { MatrixReader } from '../rows/row-block.js';
import type { ByteReader } from './bytes/reader.js';
import { ELEMENTS, type ElementType, elementsIn } from './elements.js';
import { type MatrixFormat, RECOGNISE_BYTES } from './format.js';
import { type ReadRows, readRowMajor, readWholeRows } from './rows.js';

/** Element types as `raw:TYPE:COLUMNS` spells them. */
const TYPES: { readonly [name: string]: ElementType } = {
  f16: ELEMENTS.float16,
  bf16: ELEMENTS.bfloat16,
  f32: ELEMENTS.float32,
  f64: ELEMENTS.float64,
  i8: ELEMENTS.int8,
  i16: ELEMENTS.int16,
  i32: ELEMENTS.int32,
  i64: ELEMENTS.int64,
  u8: ELEMENTS.uint8,
  u16: ELEMENTS.uint16,
  u32: ELEMENTS.uint32,
  u64: ELEMENTS.uint64,
};

/** The format's name. */
export const RAW = 'raw';

/** How raw binary is asked for. */
export const RAW_SPELLING = `${RAW}:TYPE:COLUMNS`;

/**
 * The format that `raw:f32:64` names: little-endian elements, row after row; undefined where the name is of another kind.
 * @throws LevattnError where the type is unknown or the number of columns is none
 */
export function rawFormatFrom(name: string): MatrixFormat | undefined {
  const [kind, typeName = '', columns = ''] = name.split(':');
  if (kind !== RAW) return undefined;
  const type = Object.hasOwn(TYPES, typeName) ? TYPES[typeName] : undefined;
  const d = Number(columns);
  if (!type || !/^\d+$/.test(columns) || d < 1 || d > MAX_COLUMNS) {
    throw usageError(
      `input format '${name}': write ${RAW_SPELLING}, such as raw:f32:64, with a type of ${Object.keys(TYPES).join(', ')} and 1 to ${MAX_COLUMNS} columns`,
    );
  }
  return {
    name: RAW,
    recognise: () => false,
    open: async (bytes) => {
      if (type.size > 1 && LINES_OF_TEXT.test(Buffer.from(await bytes.peek(RECOGNISE_BYTES)).toString('latin1'))) {
        throw usageError(`${bytes.name}: is text, not ${name}; leave --input-format out`);
      }
      return headlessReader(bytes, {
        format: RAW,
        description: `raw ${type.name}`,
        type,
        d,
        rowBytes: d * type.size,
        read: readRowMajor(bytes, type, d),
      });
    },
  };
}

/** Lines of text. Rows of elements of more than a byte do not look like it by chance. */
const LINES_OF_TEXT = /^(?=[\s\S]*\n)[\t\n\r -~]{16,}$/;

/** fvecs, bvecs and ivecs: each row is its length, an int32, and then that many float32, uint8 or int32. */
export const VECS_FORMATS: readonly MatrixFormat[] = [
  vecsFormat('fvecs', ELEMENTS.float32),
  vecsFormat('bvecs', ELEMENTS.uint8),
  vecsFormat('ivecs', ELEMENTS.int32),
];

/** These have no magic word, so a file's ending tells them. */
export const vecsFormatOf = (path: string): MatrixFormat | undefined =>
  VECS_FORMATS.find(({ name }) => new RegExp(`\\.${name}(\\.gz|\\.zst)?$`, 'i').test(path));

/** Bytes of a row's length. */
const PREFIX_BYTES = 4;
/** Bytes of rows staged at a time, where one row does not take more. */
const STAGING_BYTES = 1 << 20;

function vecsFormat(name: string, type: ElementType): MatrixFormat {
  return {
    name,
    recognise: () => false,
    open: async (bytes) => {
      const head = await bytes.peek(PREFIX_BYTES);
      if (head.length < PREFIX_BYTES) throw bytes.breaksOff(`data end in row 0`);
      const d = new DataView(head.buffer, head.byteOffset).getInt32(0, true);
      if (d < 1 || d > MAX_COLUMNS) {
        throw dataError(
          `${bytes.name}: row 0 has ${d} entries; from 1 to ${MAX_COLUMNS} are read: check that it is ${name}`,
        );
      }
      const rowBytes = PREFIX_BYTES + d * type.size;
      return headlessReader(bytes, {
        format: name,
        description: `${name}, ${type.name}`,
        type,
        d,
        rowBytes,
        read: readPrefixed(bytes, type, d, rowBytes),
      });
    },
  };
}

/** Rows with their length before them, which must be the first row's. */
function readPrefixed(bytes: ByteReader, type: ElementType, d: number, rowBytes: number): ReadRows {
  const stagedRows = Math.max(1, Math.floor(STAGING_BYTES / rowBytes));
  const staging = new Uint8Array(stagedRows * rowBytes);
  const view = new DataView(staging.buffer);
  const packed = new Uint8Array(stagedRows * d * type.size);
  const convert = elementsIn(type, packed);
  const readWhole = readWholeRows(bytes, rowBytes);
  let done = 0;
  return async (into, maxRows) => {
    const rows = await readWhole(staging.subarray(0, Math.min(maxRows, stagedRows) * rowBytes));
    for (let i = 0; i < rows; i++) {
      const length = view.getInt32(i * rowBytes, true);
      if (length !== d) {
        throw dataError(
          `${bytes.name}: row ${done + i} has ${length} entries, row 0 has ${d}; all rows must have as many`,
        );
      }
      packed.set(staging.subarray(i * rowBytes + PREFIX_BYTES, (i + 1) * rowBytes), i * d * type.size);
    }
    convert(0, rows * d, into, 0, 1);
    done += rows;
    return rows;
  };
}

interface Headless {
  readonly format: string;
  readonly description: string;
  readonly type: ElementType;
  readonly d: number;
  readonly rowBytes: number;
  readonly read: ReadRows;
}

/** A reader of rows up to the end of the input. */
function headlessReader(bytes: ByteReader, { format, description, type, d, rowBytes, read }: Headless): MatrixReader {
  const start = bytes.position;
  const totalBytes = bytes.size === undefined ? undefined : bytes.size - start;
  const refusePart = (length: number): void => {
    if (length % rowBytes === 0) return;
    throw bytes.breaksOff(
      `data end within row ${Math.floor(length / rowBytes)}, as a row of ${d} ${type.name} takes ${rowBytes} bytes`,
    );
  };
  if (totalBytes !== undefined) refusePart(totalBytes);
  return {
    name: bytes.name,
    format,
    description,
    leftOut: [],
    d,
    dtype: type.dtype,
    rows: totalBytes === undefined ? undefined : totalBytes / rowBytes,
    metadata: new Map(),
    async read(into, maxRows, _ids, late) {
      const rows = await read(into, maxRows, late);
      if (rows === 0) refusePart(bytes.position - start);
      return rows;
    },
    progress: () => ({ bytes: bytes.position - start, totalBytes }),
    close: () => bytes.close(),
  };
}
