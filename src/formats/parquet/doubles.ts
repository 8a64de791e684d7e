/** Doubles at places in a dictionary, by WebAssembly: several times as fast as by an engine that checks every array it reads. */

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

/** The export of `src/kernels/assembly/parquet.ts`, where it is described. */
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
}

const MEMORY_PAGE_BYTES = 65_536;
/** Bytes that are read behind the last. */
const SLACK_BYTES = 8;
/** Pages and dictionaries of more than this are rare: the memory would never be given back. */
const MOST_BYTES = 1 << 25;

/** What is wrong, by what `lookUp` returns. */
const FAULTS = [undefined, cutShort, runTooLong, outsideDictionary];

interface Kernel {
  readonly memory: GrowingMemory;
  readonly lookUp: Exports['lookUp'];
}

let kernel: Kernel | undefined | 'none';

/**
 * The doubles at the places of a page, behind the width of places in bits.
 * @returns undefined where this engine cannot do it, or they are too many
 * @throws RangeError where there are fewer than `count`, or a place is outside the dictionary
 */
export function doublesAt(
  page: Uint8Array,
  at: number,
  count: number,
  dictionary: Float64Array,
): Float64Array | undefined {
  const width = page[at] ?? 0;
  const runs = page.subarray(at + 1);
  const from = 8 * (count + dictionary.length);
  const bytes = from + runs.length + SLACK_BYTES;
  const canBe = count > 0 && width > 0 && width <= MAX_BITS_IN_WORD && dictionary.length > 0 && bytes <= MOST_BYTES;
  if (!canBe) return undefined;
  kernel ??= started();
  if (kernel === 'none') return undefined;
  const { memory, lookUp } = kernel;
  const lacking = Math.ceil((bytes - memory.buffer.byteLength) / MEMORY_PAGE_BYTES);
  if (lacking > 0) memory.grow(lacking);
  const { buffer } = memory;
  new Float64Array(buffer, 8 * count, dictionary.length).set(dictionary);
  new Uint8Array(buffer, from, runs.length).set(runs);
  const fault = FAULTS[lookUp(from, from + runs.length, width, count, 8 * count, dictionary.length, MAX_PADDING, 0)];
  if (fault) throw fault();
  return new Float64Array(buffer, 0, count).slice();
}

function started(): Kernel | 'none' {
  try {
    const module = new WebAssembly.Module(readFileSync(PARQUET_KERNEL_FILE));
    const memory = new WebAssembly.Memory({ initial: 1 });
    return { memory, lookUp: new WebAssembly.Instance(module, { env: { memory } }).exports.lookUp };
  } catch {
    // Never built, or beyond this engine: places are read one by one.
    return 'none';
  }
}
