/** The tensors of a file of torch.save, each held to the record that its elements are in. */

import { dataError, type LevattnError } from '../../errors.js';
import { shownName } from '../arrow/schema.js';
import type { ByteReader } from '../bytes/reader.js';
import type { NamedTensor } from '../tensors.js';
import { spellShape } from '../tensors.js';
import type { ZipMember } from '../zip/members.js';
import { readTorchArchive, type TorchArchive } from './archive.js';
import { type PathedTensor, tensorsByPath } from './paths.js';
import { DAMAGED, PickleFault } from './pickle/fault.js';
import { unpickle } from './pickle/unpickle.js';
import { spanOf } from './strides.js';
import { TORCH } from './torch.js';

/** A tensor, and where its elements are. */
export interface StoredTensor extends NamedTensor {
  readonly bigEndian: boolean;
  /** The record; undefined where there are no elements. */
  readonly record: ZipMember | undefined;
  /** Its first element in the record. */
  readonly offset: number;
  /** Elements from one to the next along each axis. */
  readonly stride: readonly number[];
}

/** A tensor that repeats elements by strides has at most this many, or this many times those that it repeats. */
const REPEATED = { elements: 2 ** 27, times: 1024 };

const COMPLEX = 'save it as numbers with Python: torch.save(torch.view_as_real(k).flatten(-2), "K.pt")';

/**
 * Reads what tensors there are; none of their elements.
 * @throws LevattnError where the file is damaged, holds more than values, or no tensor
 */
export async function readTorchTensors(bytes: ByteReader): Promise<StoredTensor[]> {
  const archive = await readTorchArchive(bytes);
  const found = pathsIn(archive.pickle, bytes.name);
  if (found.length === 0) {
    throw dataError(`${bytes.name}: a file of torch.save without a tensor in it; save one: torch.save({"K": k}, FILE)`);
  }
  return found.map((tensor) => placed(tensor, archive, bytes.name));
}

function pathsIn(pickle: Uint8Array, source: string): PathedTensor[] {
  try {
    return tensorsByPath(unpickle(pickle, TORCH));
  } catch (error) {
    if (error instanceof PickleFault) throw dataError(`${source}: data.pkl: ${error.message}; ${error.advice}`, error);
    throw error;
  }
}

/** A tensor, and that all of its elements are there. */
function placed({ name, tensor }: PathedTensor, { record, bigEndian }: TorchArchive, source: string): StoredTensor {
  const { storage, offset, shape, stride } = tensor;
  const { type, key } = storage;
  const refuse = (reason: string): LevattnError =>
    dataError(`${source}: tensor ${shownName(name)}, ${type.name} ${spellShape(shape)}: ${reason}; ${DAMAGED}`);
  const about = { name, typeName: type.name, element: type.element, instead: COMPLEX };
  const stored = { ...about, shape, stride, offset, bigEndian };
  const count = shape.reduce((product, length) => product * length, 1);
  if (count === 0) return { ...stored, record: undefined };
  const span = spanOf(shape.map((length, i) => ({ length, stride: stride[i]! })));
  const end = offset + span;
  // Past 2^53 sums are rounded, and still past all that a storage holds.
  if (end > storage.length) {
    throw refuse(`its strides reach element ${end - 1} of a storage of ${storage.length}`);
  }
  const member = record(key);
  if (!member) throw refuse(`there is no record data/${shownName(key)}`);
  if (storage.length * type.size > member.size) {
    throw refuse(`its storage of ${storage.length} elements is in a record of ${member.size} bytes`);
  }
  if (count > Math.max(REPEATED.elements, REPEATED.times * span)) {
    throw refuse(`${count} elements by strides over ${span}, more than anybody repeats`);
  }
  return { ...stored, record: member };
}
