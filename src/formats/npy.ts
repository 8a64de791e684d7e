/** NumPy's npy format: one array of n rows and d columns, read row by row without a copy where the bytes allow it. */

import { dataError, type LevattnError } from '../errors.js';
import { MAX_COLUMNS } from '../rows/limits.js';
import type { MatrixReader } from '../rows/row-block.js';
import type { ByteReader } from './bytes/reader.js';
import type { MatrixFormat } from './format.js';
import { NPY_MAGIC, type NpyHeader, readNpyHeader } from './npy/header.js';
import { type ReadRows, readColumnMajor, readRowMajor } from './rows.js';
import { rowsFrom, spellShape, type TensorRows } from './tensors.js';

export { encodeNpyHeader } from './npy/header.js';

/** The npy format, versions 1 to 3: every real number type, both byte orders, C and Fortran order. */
export const npyFormat: MatrixFormat = {
  name: 'npy',
  recognise: (head) => NPY_MAGIC.every((byte, i) => head[i] === byte),
  open: openNpy,
};

async function openNpy(bytes: ByteReader): Promise<MatrixReader> {
  const start = bytes.position;
  const header = await readNpyHeader(bytes, 'both');
  const { n, d, shape } = matrixShape(bytes.name, header);
  const { type, bigEndian } = header;
  const rowBytes = d * type.size;
  const dataStart = bytes.position;
  const fortran = header.fortranOrder && d > 1 && n > 1;
  const cutShort = (row: number): LevattnError => bytes.breaksOff(`data ends in row ${row} of ${n}`);
  // A file says at once that it is cut short: better than hours later.
  const present = bytes.size === undefined ? Number.POSITIVE_INFINITY : bytes.size - dataStart;
  if (present >= 0 && present < n * rowBytes) {
    // In Fortran order the rows that lack nothing but the last column end where that column does.
    const elements = Math.floor(present / type.size);
    throw cutShort(fortran ? Math.max(0, elements - n * (d - 1)) : Math.floor(elements / d));
  }

  const readRows = fortran ? readFortranOrder(bytes, header, n, d) : readRowMajor(bytes, type, d, bigEndian);
  let done = 0;
  return {
    name: bytes.name,
    format: npyFormat.name,
    description: describe(header, fortran),
    leftOut: [],
    d,
    dtype: type.dtype,
    shape,
    rows: n,
    metadata: new Map(),
    async read(into, maxRows, _ids, late) {
      const most = Math.min(maxRows, n - done);
      if (most === 0) return 0;
      const count = await readRows(into, most, late);
      if (count === 0) throw cutShort(done);
      done += count;
      // Reads at an offset do not move the reader.
      if (fortran && done === n) await bytes.skip(n * rowBytes);
      return count;
    },
    skip: fortran
      ? undefined
      : async (rows) => {
          // The beginning of a row may have been read already.
          if (bytes.position !== dataStart + done * rowBytes) return undefined;
          const count = Math.floor((await bytes.skip(Math.min(rows, n - done) * rowBytes)) / rowBytes);
          if (count < Math.min(rows, n - done)) throw cutShort(done + count);
          done += count;
          return count;
        },
    progress: () => ({ bytes: dataStart - start + done * rowBytes, totalBytes: dataStart - start + n * rowBytes }),
    close: () => bytes.close(),
  };
}

function readFortranOrder(bytes: ByteReader, { type, bigEndian }: NpyHeader, n: number, d: number): ReadRows {
  const { readAt } = bytes.source;
  if (!readAt) {
    throw dataError(
      `${bytes.name}: the array is in Fortran order, whose rows are complete only at its end; give an npy file itself, no pipe and not compressed, or save it with np.save(FILE, np.ascontiguousarray(a))`,
    );
  }
  const start = bytes.position;
  const columns = Array.from({ length: d }, (_, j) => ({ type, offset: start + j * n * type.size }));
  return readColumnMajor(readAt, columns, n, bigEndian);
}

const describe = ({ type, bigEndian }: NpyHeader, fortran: boolean): string =>
  `npy, ${bigEndian ? 'big-endian ' : ''}${type.name}${fortran ? ', Fortran order' : ''}`;

function matrixShape(name: string, { shape, fortranOrder }: NpyHeader): TensorRows {
  const spelled = spellShape(shape);
  const d = shape.at(-1);
  if (d === undefined || shape.length < 2) {
    throw dataError(
      `${name}: array of shape ${spelled}, but rows and columns are expected; a column of numbers is a.reshape(-1, 1), and a universal set with its keys is an Arrow file`,
    );
  }
  if (shape.length > 2 && fortranOrder) {
    throw dataError(
      `${name}: array of shape ${spelled} in Fortran order, of which only a matrix is read; save it with np.save(FILE, np.ascontiguousarray(a))`,
    );
  }
  if (d === 0) throw dataError(`${name}: array of shape ${spelled} has no columns; there is nothing to read in it`);
  if (d > MAX_COLUMNS) {
    throw dataError(
      `${name}: array of shape ${spelled} has ${d} columns, at most ${MAX_COLUMNS} are read; is it transposed? save a.T`,
    );
  }
  return rowsFrom(shape);
}
