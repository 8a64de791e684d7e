/** safetensors: named tensors in one file, or in several with an index, which may be PyTorch's, too; one matrix among them is read, row by row. */

import type { LevattnError } from '../errors.js';
import type { MatrixReader } from '../rows/row-block.js';
import { shownName } from './arrow/schema.js';
import type { ByteReader } from './bytes/reader.js';
import { openBytes } from './bytes/sources.js';
import type { MatrixFormat, ReadOptions } from './format.js';
import { npyOfTensor } from './npy-tensor.js';
import { ptFormat } from './pt.js';
import { readRowMajor } from './rows.js';
import { looksLikeSafetensors, readSafetensorsHeader, type SafetensorsHeader } from './safetensors/header.js';
import { hasName } from './safetensors/json.js';
import { isShardIndex, readShardedTensors, WEIGHT_MAP } from './safetensors/shards.js';
import { chooseTensor, type NamedTensor, onlyTensor, rowsOfTensor, spellShape } from './tensors.js';

/** The safetensors format, and the index of a sharded checkpoint. */
export const safetensorsFormat: MatrixFormat = {
  name: 'safetensors',
  recognise: (head) => looksLikeSafetensors(head) || hasName(head, WEIGHT_MAP) === true,
  open: openSafetensors,
  listTensors,
  openNpy,
};

async function listTensors(bytes: ByteReader, tensor?: string): Promise<readonly NamedTensor[]> {
  if (await isShardIndex(bytes)) return readShardedTensors(bytes, { tensor });
  return (await readSafetensorsHeader(bytes)).tensors;
}

async function openSafetensors(bytes: ByteReader, options: ReadOptions): Promise<MatrixReader> {
  if (await isShardIndex(bytes)) return openShard(bytes, options);
  const start = bytes.position;
  return openTensor(bytes, start, await readSafetensorsHeader(bytes), options);
}

/** A tensor as npy. */
async function openNpy(bytes: ByteReader, name?: string): Promise<ByteReader> {
  if (!(await isShardIndex(bytes))) return npyOf(bytes, name);
  const { tensor } = onlyTensor(await readShardedTensors(bytes, { tensor: name }), name, bytes);
  await bytes.close();
  const shard = await openBytes(tensor.file);
  return tensor.format === 'pt' ? ptFormat.openNpy!(shard, tensor.name) : npyOf(shard, tensor.name);
}

async function npyOf(bytes: ByteReader, name: string | undefined): Promise<ByteReader> {
  const { tensors } = await readSafetensorsHeader(bytes);
  const { tensor, element } = onlyTensor(tensors, name, bytes);
  return npyOfTensor(tensor, element, bytes.name, async () => {
    await bytes.skip(tensor.begin);
    return { bytes, length: tensor.end - tensor.begin, bigEndian: false, close: () => bytes.close() };
  });
}

/** The matrix of a sharded checkpoint, read from its file. */
async function openShard(index: ByteReader, options: ReadOptions): Promise<MatrixReader> {
  const { tensor, leftOut } = chooseTensor(await readShardedTensors(index, options), options, index);
  await index.close();
  const bytes = await openBytes(tensor.file);
  const own = { tensor: tensor.name };
  const reader =
    tensor.format === 'pt'
      ? await ptFormat.open(bytes, own)
      : await openTensor(bytes, 0, await readSafetensorsHeader(bytes), own);
  return { ...reader, leftOut };
}

async function openTensor(
  bytes: ByteReader,
  start: number,
  { tensors, dataBytes, metadata }: SafetensorsHeader,
  options: ReadOptions,
): Promise<MatrixReader> {
  const { tensor, element, leftOut } = chooseTensor(tensors, options, bytes);
  const { n, d, shape } = rowsOfTensor(tensor, bytes.name);
  const dataStart = bytes.position;
  const name = shownName(tensor.name);
  if (bytes.size !== undefined && bytes.size - dataStart < dataBytes) {
    throw bytes.breaksOff(`${bytes.size - dataStart} bytes of tensors where the header says ${dataBytes}`);
  }
  const readRows = readRowMajor(bytes, element, d);
  const rowBytes = d * element.size;
  let done = 0;
  const cutShort = (row: number): LevattnError => bytes.breaksOff(`data ends in row ${row} of ${n} of tensor ${name}`);
  const begin = async (): Promise<void> => {
    if (done === 0) await bytes.skip(dataStart + tensor.begin - bytes.position);
  };
  return {
    name: bytes.name,
    format: safetensorsFormat.name,
    description: `safetensors, tensor ${name}: ${tensor.typeName} ${spellShape(tensor.shape)}`,
    leftOut,
    d,
    dtype: element.dtype,
    shape,
    rows: n,
    metadata,
    async read(into, maxRows, _ids, late) {
      await begin();
      const most = Math.min(maxRows, n - done);
      if (most === 0) {
        // What follows the matrix belongs to the file, too.
        const left = dataStart + dataBytes - bytes.position;
        if ((await bytes.skip(left)) < left) throw bytes.breaksOff('data ends among the tensors after the matrix');
        return 0;
      }
      const count = await readRows(into, most, late);
      if (count === 0) throw cutShort(done);
      done += count;
      return count;
    },
    async skip(rows) {
      await begin();
      // The beginning of a row may have been read already.
      if (bytes.position !== dataStart + tensor.begin + done * rowBytes) return undefined;
      const most = Math.min(rows, n - done);
      const count = Math.floor((await bytes.skip(most * rowBytes)) / rowBytes);
      if (count < most) throw cutShort(done + count);
      done += count;
      return count;
    },
    progress: () => ({ bytes: bytes.position - start, totalBytes: dataStart + dataBytes - start }),
    close: () => bytes.close(),
  };
}
