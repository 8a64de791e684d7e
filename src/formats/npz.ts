/** npz: npy arrays in a zip archive, as np.savez and np.savez_compressed write them. */

import { dataError } from '../errors.js';
import type { MatrixReader } from '../rows/row-block.js';
import { shownName } from './arrow/schema.js';
import type { ByteReader } from './bytes/reader.js';
import type { MatrixFormat, ReadOptions } from './format.js';
import { describeNpy } from './npy/header.js';
import { npyFormat } from './npy.js';
import { type ArchivedArray, listArrays } from './npz/archive.js';
import { seekable } from './seeking.js';
import { chooseTensor, type NamedTensor, onlyTensor } from './tensors.js';
import { beginsAsZip } from './zip/first-member.js';

/** The npz format; needs an input that can seek. */
export const npzFormat: MatrixFormat = {
  name: 'npz',
  recognise: beginsAsZip,
  open: openNpz,
  listTensors: describeArrays,
  openNpy: async (bytes, tensor) => onlyTensor(await describeArrays(bytes, tensor), tensor, bytes).tensor.open(),
};

type DescribedArray = ArchivedArray & NamedTensor;

async function openNpz(bytes: ByteReader, options: ReadOptions): Promise<MatrixReader> {
  const arrays = await describeArrays(bytes, options.tensor);
  refuseRepeated(arrays, bytes.name);
  const { tensor: array, leftOut } = chooseTensor(arrays, options, bytes);
  const inner = await array.open();
  const reader = await npyFormat.open(inner, {});
  return {
    ...reader,
    format: npzFormat.name,
    description: `npz, array ${shownName(array.name)}: ${reader.description.replace(/^npy, /, '')}`,
    leftOut,
    async read(into, maxRows) {
      const rows = await reader.read(into, maxRows);
      if (rows > 0) return rows;
      // At the end of the array its checksum is checked; the archive ends with the file.
      await inner.skip(Number.MAX_SAFE_INTEGER);
      await bytes.skip(bytes.size! - bytes.position);
      return 0;
    },
    async close() {
      await inner.close();
      await bytes.close();
    },
  };
}

/** The arrays of an archive with their headers; of one that is named, only that one is looked at. */
async function describeArrays(bytes: ByteReader, tensor?: string): Promise<DescribedArray[]> {
  const arrays = await listArrays(seekable(bytes, 'npz'), bytes.name);
  const named = arrays.filter(({ name }) => name === tensor);
  const described: DescribedArray[] = [];
  for (const array of named.length > 0 ? named : arrays) described.push({ ...array, ...(await describe(array)) });
  return described;
}

/** Of two arrays of one name NumPy reads the last: an archive gets them where one is appended in place of another. */
function refuseRepeated(arrays: readonly NamedTensor[], source: string): void {
  const names = new Set<string>();
  for (const { name } of arrays) {
    if (names.has(name)) {
      throw dataError(
        `${source}: several arrays are called ${shownName(name)}; keep the last, as NumPy does: np.savez(OUT, **dict(np.load(FILE)))`,
      );
    }
    names.add(name);
  }
}

/** The header of an array; one of objects and the like is listed and cannot be chosen. */
async function describe(array: ArchivedArray): Promise<Omit<NamedTensor, 'name'>> {
  const bytes = await array.open();
  try {
    const { shape, elements } = await describeNpy(bytes);
    if ('type' in elements) return { shape, typeName: elements.type.name, element: elements.type };
    return { shape, typeName: elements.what, element: undefined, instead: elements.instead };
  } finally {
    await bytes.close();
  }
}
