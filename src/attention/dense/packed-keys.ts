/** Keys in memory as products with them want them, for all threads. */

import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';

/** Keys in memory. */
export interface DenseKeys {
  readonly d: number;
  /** Global row indices, ascending: which keys a query sees depends on them. */
  readonly index: Float64Array;
  /** index.length x d, row-major, finite. */
  readonly values: Values;
  /** Whether all are float32, where that is known. */
  readonly single?: boolean | undefined;
}

/** The same, laid out by the kernels, in memory that threads share; can be posted. */
export interface PackedKeys {
  readonly d: number;
  /** Keys. */
  readonly size: number;
  readonly index: Float64Array;
  readonly packed: Float64Array;
  /** Whether `packed` lies in the kernels' memory, which has not room for all there may be. */
  readonly inKernels: boolean;
}

/** Bytes of packed keys that the kernels' memory, of 4 GiB, is asked to hold. */
const MOST_IN_KERNELS = 2 ** 31;

/** Whether this many numbers are put into the kernels' memory. */
export const fitsKernels = (length: number): boolean => 8 * length <= MOST_IN_KERNELS;

/**
 * Lays keys out.
 * @param room - gives memory of the kernels for a number of float64
 */
export function packKeys(kernels: Kernels, keys: DenseKeys, room: (length: number) => Float64Array): PackedKeys {
  const { d, index, values } = keys;
  const size = index.length;
  const length = kernels.packedKeysLength(size, d);
  const inKernels = fitsKernels(length);
  const packed = inKernels ? room(length) : shared(length);
  kernels.packKeys(values, size, d, packed);
  return { d, size, index: sharedCopy(Float64Array, index), packed, inKernels };
}

/** Keys that another thread has laid out. */
export const adoptKeys = (kernels: Kernels, keys: PackedKeys): PackedKeys =>
  keys.inKernels ? { ...keys, packed: kernels.adopt(keys.packed) } : keys;

const shared = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length));

/** The same numbers in memory that threads share: they can be posted without another copy. */
export function sharedCopy<T extends Float64Array | Int32Array>(
  kind: new (buffer: SharedArrayBuffer) => T,
  array: T,
): T {
  if (array.buffer instanceof SharedArrayBuffer) return array;
  const copy = new kind(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}
