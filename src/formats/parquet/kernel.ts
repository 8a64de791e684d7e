/**
 * What takes longest in pages of numbers, by WebAssembly: doubles at places in a dictionary, and snappy. A page that is decompressed stays in
 * the kernel's memory until the next one, as to take new memory for each takes longer than the work.
 */

import { readFileSync } from 'node:fs';
import { PARQUET_KERNEL_FILE } from '../../files.js';
import { cutShort, MAX_BITS_IN_WORD, MAX_PADDING, outsideDictionary, runTooLong } from './runs.js';

/** What of the engine's WebAssembly is used here; the standard library declares it for browsers only. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number }) => GrowingMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: { env: { memory: object } }) => { readonly exports: Exports };
};

interface GrowingMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The exports of `src/kernels/assembly/parquet.ts`, where they are described. */
interface Exports {
  lookUp(
    at: number,
    end: number,
    width: number,
    count: number,
    dictionary: number,
    entries: number,
    padding: number,
    out: number,
  ): number;
  uncompress(at: number, end: number, out: number, length: number): number;
}

const MEMORY_PAGE_BYTES = 65_536;
/** Bytes that may be read or written behind the last. */
const SLACK_BYTES = 64;
/** Pages that take more are rare: the memory would never be given back. */
const MOST_BYTES = 1 << 25;

/** What is wrong, by what the functions return. */
const FAULTS = [undefined, cutShort, runTooLong, outsideDictionary];

interface Kernel {
  readonly memory: GrowingMemory;
  readonly exports: Exports;
}

let kernel: Kernel | undefined | 'none';

/** The kernel with memory for that many bytes; undefined where this engine has none, or they are too many. */
function kernelFor(bytes: number): Kernel | undefined {
  if (bytes > MOST_BYTES) return undefined;
  kernel ??= started();
  if (kernel === 'none') return undefined;
  const { memory } = kernel;
  const lacking = Math.ceil((bytes - memory.buffer.byteLength) / MEMORY_PAGE_BYTES);
  if (lacking > 0) memory.grow(lacking);
  return kernel;
}

/** Whether an array lies in the kernel's memory. */
const isPassing = ({ buffer }: ArrayBufferView): boolean =>
  kernel !== undefined && kernel !== 'none' && buffer === kernel.memory.buffer;

const aligned = (address: number): number => Math.ceil(address / 64) * 64;

/**
 * Undoes snappy.
 * @param length - bytes that come out
 * @returns valid until the next call; undefined where this engine cannot do it, or they are too many
 * @throws RangeError where it is damaged
 */
export function uncompressSnappy(bytes: Uint8Array, length: number): Uint8Array | undefined {
  const from = aligned(length + SLACK_BYTES);
  const found = kernelFor(from + bytes.length + SLACK_BYTES);
  if (!found) return undefined;
  const { buffer } = found.memory;
  new Uint8Array(buffer, from, bytes.length).set(bytes);
  if (found.exports.uncompress(from, from + bytes.length, 0, length) !== 0) throw new RangeError('damaged snappy data');
  return new Uint8Array(buffer, 0, length);
}

/**
 * The doubles at the places of a page, behind the width of places in bits.
 * @param into - receives them, as many as it has room for
 * @returns whether it has; false where this engine cannot do it, or they are too many
 * @throws RangeError where there are fewer, or a place is outside the dictionary
 */
export function lookUpDoubles(page: Uint8Array, at: number, dictionary: Float64Array, into: Float64Array): boolean {
  const count = into.length;
  const width = page[at] ?? 0;
  if (count === 0 || width === 0 || width > MAX_BITS_IN_WORD || dictionary.length === 0) return false;
  const { byteOffset, length } = page;
  const isThere = isPassing(page);
  const start = isThere ? byteOffset : 0;
  const values = aligned(start + length + SLACK_BYTES);
  const out = values + 8 * dictionary.length;
  const found = kernelFor(out + 8 * count);
  if (!found) return false;
  const { memory, exports } = found;
  if (!isThere) new Uint8Array(memory.buffer, 0, length).set(page);
  new Float64Array(memory.buffer, values, dictionary.length).set(dictionary);
  const first = start + at + 1;
  const fault =
    FAULTS[exports.lookUp(first, start + length, width, count, values, dictionary.length, MAX_PADDING, out)];
  if (fault) throw fault();
  into.set(new Float64Array(memory.buffer, out, count));
  return true;
}

function started(): Kernel | 'none' {
  try {
    const module = new WebAssembly.Module(readFileSync(PARQUET_KERNEL_FILE));
    const memory = new WebAssembly.Memory({ initial: 1 });
    return { memory, exports: new WebAssembly.Instance(module, { env: { memory } }).exports };
  } catch {
    // Never built, or beyond this engine: values are read one by one, and snappy by another.
    return 'none';
  }
}
