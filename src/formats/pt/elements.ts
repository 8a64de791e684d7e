/** The elements of a tensor, one after another in C order, whatever its strides: read from its record as they are needed. */

import { crc32 } from 'node:zlib';
import { dataError } from '../../errors.js';
import { ByteReader, type ByteSource } from '../bytes/reader.js';
import { wrongChecksum, type ZipMember } from '../zip/members.js';
import { TORCH_ADVICE } from './archive.js';
import { gatherFrom } from './gather.js';
import { type Axis, countOf, inOrder } from './strides.js';

/** Records up to this size are read once more beforehand, so that their checksum counts for every part of them. */
const CHECKED_BYTES = 1 << 24;
/** The most bytes of a compressed record: it must be read from its beginning, and may be far larger than the file. */
const MAX_INFLATED_BYTES = 1 << 28;

/** Elements in a record. */
export interface ElementsAt {
  readonly record: ZipMember | undefined;
  /** Bytes of an element. */
  readonly size: number;
  readonly offset: number;
  readonly axes: readonly Axis[];
}

/**
 * Opens the elements of a tensor.
 * @param name - of the tensor, for messages
 * @throws LevattnError where their record cannot be read, or its checksum is wrong
 */
export async function openElements({ record, size, offset, axes }: ElementsAt, name: string): Promise<ByteReader> {
  const begin = offset * size;
  const length = countOf(axes) * size;
  if (!record) return new ByteReader(emptySource(name));
  if (!record.stored) return openInflated(record, begin, length, inOrder(axes), name);
  const bytes = await record.open(name);
  const { readAt, close } = bytes.source;
  if (record.size <= CHECKED_BYTES) await bytes.skip(record.size + 1);
  const run = { name, size: length, streaming: false, close };
  return new ByteReader(
    inOrder(axes)
      ? { ...run, readAt: (into, at) => readAt!(into, begin + at), ...inTurn(record, readAt!, begin, length, name) }
      : { ...run, ...gatherFrom(readAt!, begin, axes, size) },
  );
}

const emptySource = (name: string): ByteSource => ({
  name,
  size: 0,
  streaming: false,
  read: async () => 0,
  close: async () => {},
});

/** A run of bytes; where it is the whole record and nothing is passed over, its checksum is checked. */
function inTurn(
  record: ZipMember,
  readAt: NonNullable<ByteSource['readAt']>,
  begin: number,
  length: number,
  name: string,
): Pick<ByteSource, 'read' | 'skip'> {
  let done = 0;
  let sum: number | undefined = length === record.size ? 0 : undefined;
  return {
    read: async (into) => {
      const part = into.subarray(0, length - done);
      const count = part.length === 0 ? 0 : await readAt(part, begin + done);
      done += count;
      if (sum !== undefined) sum = crc32(part.subarray(0, count), sum);
      if (done === length && sum !== undefined && sum !== record.crc32) throw wrongChecksum(name, TORCH_ADVICE);
      return count;
    },
    skip: (most) => {
      const count = Math.min(most, length - done);
      done += count;
      if (count > 0) sum = undefined;
      return count;
    },
  };
}

/** Elements of a compressed record, which are read in its own order, to its end, where its checksum is. */
async function openInflated(
  record: ZipMember,
  begin: number,
  length: number,
  ordered: boolean,
  name: string,
): Promise<ByteReader> {
  if (!ordered) throw dataError(`${name} is strided and compressed, which is not read; ${TORCH_ADVICE.compressed}`);
  if (record.size > MAX_INFLATED_BYTES) {
    throw dataError(
      `${name} is in a compressed record of ${record.size} bytes, more than the ${MAX_INFLATED_BYTES} that are read; ${TORCH_ADVICE.compressed}`,
    );
  }
  const bytes = await record.open(name);
  await bytes.skip(begin);
  let left = length;
  return new ByteReader({
    name,
    size: length,
    streaming: false,
    read: async (into) => {
      const count = await bytes.readSome(into.subarray(0, left));
      left -= count;
      if (left === 0) await bytes.skip(record.size + 1);
      return count;
    },
    close: () => bytes.close(),
  });
}
