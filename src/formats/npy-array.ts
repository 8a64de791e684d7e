/** One array of an input as npy, for what is read as npy alone: masks and lists of rows, which may lie in a container as K does. */

import type { ByteReader } from './bytes/reader.js';
import { RECOGNISE_BYTES } from './format.js';
import { indexedNpy } from './npy/indexed.js';
import { npyFormat } from './npy.js';
import { isShardIndex } from './safetensors/shards.js';
import { safetensorsFormat } from './safetensors.js';
import { zipFormatOf } from './zip-format.js';

/**
 * The array that the input's name asks for, or the only one there is; the input itself where it is no container.
 * @throws LevattnError where there is no such array, or several and none is named
 */
export async function openNpyArray(bytes: ByteReader): Promise<ByteReader> {
  // Looking further ahead would change what a view of the reader shows.
  const head = (await bytes.peek(RECOGNISE_BYTES)).slice();
  const safetensors = safetensorsFormat.recognise(head) || (await isShardIndex(bytes));
  const container = (await zipFormatOf(bytes)) ?? (safetensors ? safetensorsFormat : undefined);
  if (container) return part(await container.openNpy!(bytes, bytes.tensor), bytes);
  bytes.refuseTensor(npyFormat.recognise(head) ? npyFormat.name : 'no container');
  return part(bytes, bytes);
}

/** What the input's name takes of the array. */
const part = async (array: ByteReader, { index }: ByteReader): Promise<ByteReader> =>
  index ? indexedNpy(array, index) : array;
