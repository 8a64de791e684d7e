/**
 * Batches with compressed buffers: those of the chosen columns are decompressed, one after another, into a body of their own,
 * so that whoever reads the columns need not know. The same holds what comes too early from an input that cannot seek.
 */

import { dataError } from '../../errors.js';
import { decompressLz4 } from '../bytes/compression/lz4.js';
import { ByteReader, type ByteSource } from '../bytes/reader.js';
import type { CheckedBatch } from './batch.js';
import { Body } from './body.js';
import type { ArrowInput } from './input.js';
import type { Region } from './message.js';

/** Undoes the compression of one buffer, whose length is known; throws whatever it likes where that is damaged. */
export type Decompress = (bytes: Uint8Array, length: number) => Uint8Array;

/** Before each buffer: its length decompressed, or -1 where it is not compressed. */
const PREFIX_BYTES = 8;
const NOT_COMPRESSED = -1n;
/** Buffers of a body begin at multiples of this. */
const ALIGNMENT = 8;

/** How a codec is undone; loads what it takes. */
async function loadCodec(input: ArrowInput, name: string): Promise<Decompress> {
  if (name === 'LZ4') return decompressLz4;
  if (name === 'ZSTD') {
    const { decompressZstd, prepareZstd } = await import('../bytes/compression/zstd.js');
    await prepareZstd();
    return decompressZstd;
  }
  throw dataError(
    `${input.bytes.name}: its buffers are compressed in an unknown way; write it with LZ4, ZSTD or without`,
  );
}

/** The content of one buffer of a batch. */
function decompressBuffer(bytes: Uint8Array, decompress: Decompress): Uint8Array {
  if (bytes.length === 0) return bytes;
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigInt64(0, true);
  const content = bytes.subarray(PREFIX_BYTES);
  if (length === NOT_COMPRESSED) return content;
  if (length < 0n) throw new RangeError('a negative length');
  return length === 0n ? new Uint8Array(0) : decompress(content, Number(length));
}

/** Decompresses one batch after another. */
export class BatchDecompressor {
  readonly #input: ArrowInput;
  /** Columns that are read, by their position in the schema. */
  readonly #columns: ReadonlySet<number>;
  /** What is left of the present batch's buffers, in order. */
  #parts: Uint8Array[] = [];
  /** One reader for all batches, each beginning where the one before ended. */
  readonly #bytes: ByteReader;
  #body: Body | undefined;

  constructor(input: ArrowInput, columns: readonly number[]) {
    this.#input = input;
    this.#columns = new Set(columns);
    const { name, streaming } = input.bytes.source;
    const source: ByteSource = {
      name,
      streaming,
      size: undefined,
      read: async (into) => this.#hand(into),
      close: async () => {},
    };
    this.#bytes = new ByteReader(source);
  }

  /** The batch itself, or one like it whose buffers are not compressed; those of other columns are empty. */
  async plain(batch: CheckedBatch): Promise<CheckedBatch> {
    return batch.header.compression === undefined ? batch : (await this.held(batch, [])).batch;
  }

  /**
   * A batch whose body holds the columns' buffers alone, not compressed.
   * @param aside - columns that come beside the body, whether they are in it or not
   * @returns the batch, and the buffers of those columns by their numbers
   */
  async held(
    batch: CheckedBatch,
    aside: readonly number[],
  ): Promise<{ readonly batch: CheckedBatch; readonly aside: ReadonlyMap<number, Uint8Array> }> {
    const { header, body, places } = batch;
    const decompress = header.compression === undefined ? undefined : await loadCodec(this.#input, header.compression);
    await this.#body?.finish();
    const wanted = new Map<number, number>();
    for (const [column, place] of places.entries()) {
      const end = places[column + 1]?.buffer ?? header.buffers.length;
      for (let i = place.buffer; i < end; i++) {
        if (aside.includes(column) || this.#columns.has(column)) wanted.set(i, column);
      }
    }
    const set = new Map<number, Uint8Array>();
    const buffers: Region[] = header.buffers.map(() => ({ offset: 0, length: 0 }));
    let length = 0;
    // Some writers do not lay out buffers in the schema's order.
    const inOrder = [...wanted.keys()].sort((a, b) => header.buffers[a]!.offset - header.buffers[b]!.offset);
    for (const i of inOrder) {
      const bytes = await body.take(header.buffers[i]!);
      const content = decompress ? this.#decompress(bytes, decompress) : bytes;
      const column = wanted.get(i)!;
      if (aside.includes(column)) set.set(i, content);
      if (!this.#columns.has(column)) {
        buffers[i] = { offset: 0, length: content.length };
        continue;
      }
      buffers[i] = { offset: length, length: content.length };
      const padding = -content.length & (ALIGNMENT - 1);
      this.#parts.push(content, new Uint8Array(padding));
      length += content.length + padding;
    }
    this.#body = new Body(this.#bytes, length, this.#input);
    return { batch: { header: { ...header, buffers, compression: undefined }, body: this.#body, places }, aside: set };
  }

  #decompress(bytes: Uint8Array, decompress: Decompress): Uint8Array {
    try {
      return decompressBuffer(bytes, decompress);
    } catch (error) {
      throw this.#input.damaged(`a compressed buffer: ${(error as Error).message}`);
    }
  }

  #hand(into: Uint8Array): number {
    while (this.#parts[0]?.length === 0) this.#parts.shift();
    const part = this.#parts[0];
    if (!part) return 0;
    const count = Math.min(into.length, part.length);
    into.set(part.subarray(0, count));
    this.#parts[0] = part.subarray(count);
    return count;
  }
}
