/** PyTorch's files: tensors by their paths in a pickle, with their elements in a zip archive; one of them is read, row by row. */

import { dataError, type LevattnError } from '../errors.js';
import type { MatrixReader } from '../rows/row-block.js';
import { shownName } from './arrow/schema.js';
import type { ByteReader } from './bytes/reader.js';
import type { ElementType } from './elements.js';
import type { MatrixFormat, ReadOptions } from './format.js';
import { npyOfTensor } from './npy-tensor.js';
import { PICKLE } from './pt/archive.js';
import { openElements } from './pt/elements.js';
import { type Axis, inOrder, joinedAxes } from './pt/strides.js';
import { readTorchTensors, type StoredTensor } from './pt/tensors.js';
import { readRowMajor } from './rows.js';
import { chooseTensor, onlyTensor, rowsOfTensor, spellShape } from './tensors.js';
import { firstMember } from './zip/first-member.js';

/** The form of torch.save since PyTorch 1.6; needs an input that can seek. Nothing in it is executed. */
export const ptFormat: MatrixFormat = {
  name: 'pt',
  recognise: (head) => PICKLE.test(firstMember(head) ?? ''),
  listTensors: readTorchTensors,
  open: openPt,
  openNpy,
};

async function openPt(bytes: ByteReader, options: ReadOptions): Promise<MatrixReader> {
  const tensors = await readTorchTensors(bytes);
  const { tensor, element, leftOut } = chooseTensor(tensors, options, bytes);
  refuseRepeated(tensors, tensor, bytes.name);
  const { n, d, shape } = rowsOfTensor(tensor, bytes.name);
  const elements = await openStored(tensor, element, bytes.name);
  const readRows = readRowMajor(elements, element, d, tensor.bigEndian);
  const rowBytes = d * element.size;
  const cutShort = (row: number): LevattnError =>
    bytes.breaksOff(`data ends in row ${row} of ${n} of tensor ${shownName(tensor.name)}`);
  let done = 0;
  return {
    name: bytes.name,
    format: ptFormat.name,
    description: describe(tensor),
    leftOut,
    d,
    dtype: element.dtype,
    shape,
    rows: n,
    metadata: new Map(),
    async read(into, maxRows) {
      const most = Math.min(maxRows, n - done);
      if (most === 0) {
        // The archive ends with the file.
        await bytes.skip(bytes.size! - bytes.position);
        return 0;
      }
      const count = await readRows(into, most);
      if (count === 0) throw cutShort(done);
      done += count;
      return count;
    },
    async skip(rows) {
      // The beginning of a row may have been read already.
      if (elements.position !== done * rowBytes) return undefined;
      const most = Math.min(rows, n - done);
      const count = Math.floor((await elements.skip(most * rowBytes)) / rowBytes);
      if (count < most) throw cutShort(done + count);
      done += count;
      return count;
    },
    progress: () => ({ bytes: done * rowBytes, totalBytes: n * rowBytes }),
    async close() {
      await elements.close();
      await bytes.close();
    },
  };
}

/** A tensor as npy. */
async function openNpy(bytes: ByteReader, name?: string): Promise<ByteReader> {
  const tensors = await readTorchTensors(bytes);
  const { tensor, element } = onlyTensor(tensors, name, bytes);
  refuseRepeated(tensors, tensor, bytes.name);
  return npyOfTensor(tensor, element, bytes.name, async () => {
    const elements = await openStored(tensor, element, bytes.name);
    return {
      bytes: elements,
      length: elements.size!,
      bigEndian: tensor.bigEndian,
      close: async () => {
        await elements.close();
        await bytes.close();
      },
    };
  });
}

const openStored = (tensor: StoredTensor, { size }: ElementType, source: string): Promise<ByteReader> =>
  openElements({ ...tensor, size, axes: axesOf(tensor) }, `${source}: tensor ${shownName(tensor.name)}`);

const axesOf = ({ shape, stride }: StoredTensor): readonly Axis[] => joinedAxes(shape, stride);

function describe(tensor: StoredTensor): string {
  const { name, typeName, shape, bigEndian } = tensor;
  const order = bigEndian ? 'big-endian ' : '';
  return `pt, tensor ${shownName(name)}: ${order}${typeName} ${spellShape(shape)}${inOrder(axesOf(tensor)) ? '' : ', strided'}`;
}

/** Keys with dots in them may make two paths one name. */
function refuseRepeated(tensors: readonly StoredTensor[], { name }: StoredTensor, source: string): void {
  if (tensors.filter((tensor) => tensor.name === name).length === 1) return;
  throw dataError(
    `${source}: several tensors are called ${shownName(name)}; save the one that is meant alone with Python: torch.save({"K": k}, "K.pt")`,
  );
}
