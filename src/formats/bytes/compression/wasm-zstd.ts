/**
 * zstd's reference implementation as WebAssembly, from the package zstddec, for Nodes whose zlib has none, and for many frames of numbers. The package's own `decode` takes new
 * memory for every frame, which the system has to clear first: that takes longer than to decode it. Here a frame and its content stay in the
 * module's memory, where those of the next come.
 */

/** What of the module is used here. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  free(at: number): void;
  /** @returns the bytes of content, or more than there is room for where the frame is damaged */
  ZSTD_decompress(into: number, room: number, from: number, bytes: number): number;
}

/** The package's decoder, and what it calls with its module once that runs; its own types are of browsers. */
interface Decoder {
  init(): Promise<void>;
  /** In memory of its own; nothing, or less than there is room for, where the frame is damaged. */
  decode(frame: Uint8Array, room: number): Uint8Array;
  _init(result: { readonly instance: { readonly exports: Exports } }): void;
}

/** Room in the module's memory. */
interface Room {
  at: number;
  bytes: number;
}

let decoder: Decoder | undefined;
/** Undefined where other code of the process has started the package: it says what it runs to the first alone. */
let exports: Exports | undefined;
const frameRoom: Room = { at: 0, bytes: 0 };
const contentRoom: Room = { at: 0, bytes: 0 };

/** What runs as if there were no fetch: the package would have it decode base64, and to load it takes a tenth of a second. */
function withoutFetch<T>(work: () => T): T {
  const { fetch } = globalThis;
  try {
    globalThis.fetch = undefined as unknown as typeof fetch;
    return work();
  } finally {
    globalThis.fetch = fetch;
  }
}

/** Whether it has been started. */
export const hasWasmZstd = (): boolean => decoder !== undefined;

/** Must have been waited for before {@link decompressInPlace}. */
export async function startWasmZstd(): Promise<void> {
  if (decoder) return;
  const { ZSTDDecoder } = await import('zstddec');
  const starting = new ZSTDDecoder() as unknown as Decoder;
  const init = starting._init.bind(starting);
  starting._init = (result) => {
    init(result);
    exports = result.instance.exports;
  };
  await withoutFetch(() => starting.init());
  decoder = starting;
}

/**
 * The content of a frame without a checksum.
 * @param most - bytes that there is room for
 * @returns valid until the next call
 * @throws RangeError where the frame is damaged, or its content longer
 */
export function decompressInPlace(frame: Uint8Array, most: number): Uint8Array {
  if (!exports) return decoder!.decode(frame, most);
  const { memory, ZSTD_decompress: decompress } = exports;
  const from = roomFor(frameRoom, frame.length);
  const into = roomFor(contentRoom, most);
  new Uint8Array(memory.buffer, from, frame.length).set(frame);
  const length = decompress(into, most, from, frame.length) >>> 0;
  if (length > most) throw new RangeError('damaged, or not as long as it says');
  return new Uint8Array(memory.buffer, into, length);
}

/** Whether an array lies in the module's memory, where the next frame comes. */
export const isInWasmZstd = ({ buffer }: ArrayBufferView): boolean => buffer === exports?.memory.buffer;

function roomFor(room: Room, bytes: number): number {
  if (room.bytes >= bytes) return room.at;
  exports!.free(room.at);
  room.bytes = 0;
  // Other frames may be somewhat longer.
  const wanted = Math.ceil(1.25 * bytes);
  room.at = exports!.malloc(wanted);
  if (room.at === 0) throw new RangeError(`no memory for ${bytes} bytes`);
  room.bytes = wanted;
  return room.at;
}
